// SPDX-License-Identifier: Apache-2.0
// The flushes of one descriptor ring: each covers what is finished when it comes, and raises its
// cause when all of that is written back. Twin of flush_add() and of part 4 of desc_ring_tick() in
// model/desc_ring.c.
//
// Cycle contract: a flush of cycle c with nothing to be written raises its cause in tick c. One is
// pending, a second one waits behind it and takes in all that come later. Order within a tick: a
// restart forgets both; a completion that is to be told at once; the timers; what is through.
// done_i and wrote_i are the counts behind the events of this tick (modulo 256).
// Known differences: none. Counts that are compared are never more than 128 apart.
module ring_flush (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        reset_i, // CTRL.RST: to the reset state in this tick
  input  logic        restart_i,

  // a descriptor is finished and raises its cause without delay
  input  logic        immediate_i,
  input  logic [31:0] immediate_cause_i,

  // from the timers
  input  logic        flush_i,
  input  logic [31:0] flush_cause_i,

  // from the ring
  input  logic [7:0]  done_i,
  input  logic [7:0]  wrote_i,

  // to the ring, both behind the events of this tick
  output logic        pending_o,
  output logic [31:0] cause_o
);

  logic        flush_d, flush_q;           // one is pending
  logic        flush_next_d, flush_next_q; // another one waits
  logic [7:0]  flush_to_d, flush_to_q;     // they cover descriptors before this count
  logic [7:0]  flush_next_to_d, flush_next_to_q;
  logic [31:0] flush_cause_d, flush_cause_q;
  logic [31:0] flush_next_cause_d, flush_next_cause_q;

  ///////////////////////
  // Flushes that come //
  ///////////////////////

  logic        there, there_next; // behind a restart
  logic        come;
  logic [31:0] come_cause;
  logic        both;    // two come and none was there: the first one does not wait
  logic        add, add_next;
  logic [7:0]  add_to, add_next_to;
  logic [31:0] add_cause, add_next_cause;

  assign there = flush_q && !restart_i;
  assign there_next = flush_next_q && !restart_i;
  assign come = immediate_i || flush_i;
  assign come_cause = (immediate_i ? immediate_cause_i : '0) | (flush_i ? flush_cause_i : '0);
  assign both = immediate_i && flush_i && !there;

  always_comb begin
    add = there || come;
    add_to = there ? flush_to_q : done_i;
    if (there) add_cause = flush_cause_q;
    else if (immediate_i) add_cause = immediate_cause_i;
    else add_cause = flush_cause_i;

    add_next = there_next || both || (there && come);
    add_next_to = flush_next_to_q;
    add_next_cause = there_next ? flush_next_cause_q : '0;
    if (both) begin
      add_next_to = done_i;
      add_next_cause = flush_cause_i;
    end else if (there && come) begin
      add_next_to = done_i;
      add_next_cause = add_next_cause | come_cause;
    end
  end

  //////////////////////////////
  // Flushes that are through //
  //////////////////////////////

  logic through, through_next;

  assign through = add && (wrote_i - add_to) < 8'd128;
  // It is the same event: nothing was written between the two.
  assign through_next = through && add_next && (wrote_i - add_next_to) < 8'd128;

  always_comb begin
    cause_o = '0;
    if (through) cause_o = add_cause;
    if (through_next) cause_o = cause_o | add_next_cause;

    flush_d = through ? add_next && !through_next : add;
    flush_to_d = through ? add_next_to : add_to;
    flush_cause_d = through ? add_next_cause : add_cause;
    flush_next_d = add_next && !through;
    flush_next_to_d = add_next_to;
    flush_next_cause_d = add_next_cause;
    if (reset_i) begin
      cause_o = '0;
      flush_d = 1'b0;
      flush_next_d = 1'b0;
    end
  end

  assign pending_o = flush_d;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      flush_q <= 1'b0;
      flush_next_q <= 1'b0;
      flush_to_q <= '0;
      flush_next_to_q <= '0;
      flush_cause_q <= '0;
      flush_next_cause_q <= '0;
    end else begin
      flush_q <= flush_d;
      flush_next_q <= flush_next_d;
      flush_to_q <= flush_to_d;
      flush_next_to_q <= flush_next_to_d;
      flush_cause_q <= flush_cause_d;
      flush_next_cause_q <= flush_next_cause_d;
    end
  end

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && !reset_i) begin
      // Who waits, waits behind another one.
      Behind_A: assert (!flush_next_q || flush_q);
      // What is pending has something to wait for.
      Waits_A:  assert (!flush_d || (flush_to_d != wrote_i));
    end
  end
`endif

endmodule
