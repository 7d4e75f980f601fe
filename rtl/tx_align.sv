// SPDX-License-Identifier: Apache-2.0
// Takes the payload of transmit reads as it comes from the host and keeps it, shifted to where it
// belongs in the 8-byte words of its frame (or of its header), until the copier takes it. Part of
// the twin of model/tx_dma.c (tx_dma_landed()).
//
// Reads are answered in the order of push_i, each by one completion or several. At the end of a
// read the word that it ends in is handed on too, and again with more bytes if the next read goes
// on in it. A fresh read begins a frame or a header; one of before a flush_i is awaited and thrown
// away.
//
// Cycle contract: beat of a completion in cycle c: its word, when full, can be popped in c+1, what
// is left over at the end of a read in c+2. arrived_o in c when all of a read has come. A word
// popped in cycle c is on word_o from c+1 to the next pop.
// Known differences: the C model stores the bytes of a completion all together.
module tx_align #(
  localparam int unsigned Slots = nic_pkg::TxReads,
  localparam int unsigned Words = nic_pkg::TxReads * nic_pkg::TxChunk / nic_pkg::BeatBytes
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  // a read is asked for
  input  logic        push_i,
  input  logic [11:0] push_len_i,
  input  logic [2:0]  push_lane_i, // of its first byte
  input  logic        push_fresh_i,
  // nobody wants what is under way
  input  logic        flush_i,
  input  logic        cut_i,       // the last read ends here,
  input  logic [11:0] cut_len_i,   // with so many bytes; with none it will not come at all
  // payload beats of its completions
  input  logic        cpl_valid_i,
  input  logic        cpl_eop_i,
  input  logic [12:0] cpl_len_i,   // bytes of the completion
  input  logic [63:0] cpl_data_i,
  output logic        arrived_o,   // comb.
  // to the copier
  output logic        empty_o,
  input  logic        pop_i,
  output logic [63:0] word_o
);

  localparam int unsigned SlotW = $clog2(Slots);
  localparam int unsigned PtrW = $clog2(Words);

  logic [12*Slots-1:0] len_d, len_q;
  logic [3*Slots-1:0]  lane_d, lane_q;
  logic [Slots-1:0]    fresh_d, fresh_q, drop_d, drop_q;
  logic [SlotW:0]      put_d, put_q; // reads asked for
  logic [SlotW:0]      in_d, in_q;   // the one that comes now
  logic [11:0]         got_d, got_q; // bytes of it that are here
  logic [63:0]         acc_d, acc_q; // word in progress, its bytes behind fill are 0
  logic [2:0]          fill_d, fill_q;
  logic                rest_d, rest_q; // it is to be handed on as it stands
  logic [PtrW:0]       wptr_d, wptr_q, rptr_d, rptr_q;

  //////////////////////
  // The read at hand //
  //////////////////////

  logic [SlotW-1:0] slot, last_slot;
  logic             waits, gone, cut_here, drop;
  logic [11:0]      len, got;
  logic [3:0]       n;

  always_comb begin
    slot = in_q[SlotW-1:0];
    last_slot = put_q[SlotW-1:0] - SlotW'(1);
    waits = in_q != put_q;
    cut_here = cut_i && waits && slot == last_slot;
    gone = cut_here && cut_len_i == '0;
    len = cut_here ? cut_len_i : len_q[12*slot+:12];
    drop = drop_q[slot] || flush_i;
    n = (cpl_eop_i && cpl_len_i[2:0] != '0) ? 4'(cpl_len_i[2:0]) : 4'd8;
    got = got_q + (cpl_valid_i ? 12'(n) : '0);
    arrived_o = waits && !gone && got == len;
  end

  ///////////////////////
  // Its bytes shifted //
  ///////////////////////

  logic         start, beat, we;
  logic [2:0]   fill;
  logic [3:0]   sum;
  logic [63:0]  bytes, acc, wdata;
  logic [127:0] wide;

  always_comb begin
    start = got_q == '0;
    beat = cpl_valid_i && waits && !drop;
    fill = start ? lane_q[3*slot+:3] : fill_q;
    acc = (start && fresh_q[slot]) ? '0 : acc_q;
    for (int unsigned i = 0; i < 8; i++) bytes[8*i+:8] = 4'(i) < n ? cpl_data_i[8*i+:8] : '0;
    wide = 128'(bytes) << {fill, 3'b0};
    wide[63:0] = wide[63:0] | acc;
    sum = 4'(fill) + n;

    acc_d = acc_q;
    fill_d = fill_q;
    rest_d = 1'b0;
    we = 1'b0;
    wdata = wide[63:0];
    if (beat) begin
      we = sum[3] || arrived_o;
      acc_d = sum[3] ? wide[127:64] : wide[63:0];
      fill_d = sum[2:0];
      rest_d = sum[3] && arrived_o && sum[2:0] != '0;
    end else if (rest_q) begin // no beat comes right behind the last of a read
      we = 1'b1;
      wdata = acc_q;
    end
    if (flush_i) rest_d = 1'b0;
  end

  ////////////////
  // Next state //
  ////////////////

  always_comb begin
    len_d = len_q;
    lane_d = lane_q;
    fresh_d = fresh_q;
    drop_d = drop_q;
    put_d = put_q;
    in_d = arrived_o ? in_q + (SlotW+1)'(1) : in_q;
    got_d = arrived_o ? '0 : got;
    if (push_i) begin
      len_d[12*put_q[SlotW-1:0]+:12] = push_len_i;
      lane_d[3*put_q[SlotW-1:0]+:3] = push_lane_i;
      fresh_d[put_q[SlotW-1:0]] = push_fresh_i;
      drop_d[put_q[SlotW-1:0]] = 1'b0;
      put_d = put_q + (SlotW+1)'(1);
    end
    if (flush_i) drop_d = '1;
    if (cut_i) begin
      len_d[12*last_slot+:12] = cut_len_i;
      if (cut_len_i == '0) put_d = put_q - (SlotW+1)'(1);
    end
    wptr_d = we ? wptr_q + (PtrW+1)'(1) : wptr_q;
    rptr_d = pop_i ? rptr_q + (PtrW+1)'(1) : rptr_q;
    if (flush_i) rptr_d = wptr_d;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      len_q <= '0;
      lane_q <= '0;
      fresh_q <= '0;
      drop_q <= '0;
      put_q <= '0;
      in_q <= '0;
      got_q <= '0;
      acc_q <= '0;
      fill_q <= '0;
      rest_q <= 1'b0;
      wptr_q <= '0;
      rptr_q <= '0;
    end else begin
      len_q <= len_d;
      lane_q <= lane_d;
      fresh_q <= fresh_d;
      drop_q <= drop_d;
      put_q <= put_d;
      in_q <= in_d;
      got_q <= got_d;
      acc_q <= acc_d;
      fill_q <= fill_d;
      rest_q <= rest_d;
      wptr_q <= wptr_d;
      rptr_q <= rptr_d;
    end
  end

  ////////////////
  // The memory //
  ////////////////

  logic [63:0] mem [Words];

  always_ff @(posedge clk_i) begin
    if (we) mem[wptr_q[PtrW-1:0]] <= wdata;
    if (pop_i) word_o <= mem[rptr_q[PtrW-1:0]];
  end
  assign empty_o = wptr_q == rptr_q;

  // what a completion says of its length beside the bytes of its last beat
  logic unused_cpl_len;
  assign unused_cpl_len = ^cpl_len_i[12:3];

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      Full_A:   assert (!we || wptr_q - rptr_q != (PtrW+1)'(Words));
      Rest_A:   assert (!rest_q || !cpl_valid_i);
      Asked_A:  assert (!cpl_valid_i || waits);
      Joined_A: assert (!beat || !start || fresh_q[slot] || fill == fill_q);
    end
  end
`endif

endmodule
