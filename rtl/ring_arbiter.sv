// SPDX-License-Identifier: Apache-2.0
// Descriptor fetches and write-backs of the rings of one direction, each to the one requester of the
// host port that is theirs (82576). Twin of model/ring_arbiter.c.
//
// Cycle contract: docs/cycle-contract-82576.md, "Rings", and model/ring_arbiter.h. What goes to the
// port is chosen from the rings' flops by a flop; `done`, completions and payload find their way in
// the same cycle. Field k of a vector is ring k's.
// Known differences: none. Fields of requests are not in the C module: who has the rings has them.
module ring_arbiter #(
  parameter int unsigned Rings = nic_82576_pkg::Queues
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 reset_i,   // CTRL.RST: to the reset state in this tick
  input  logic [Rings-1:0]     may_i,     // the function of the ring may request
  input  logic [Rings-1:0]     restart_i, // the ring restarts

  // rings: fetch
  input  logic [Rings-1:0]     ring_fetch_valid_i,
  input  logic [64*Rings-1:0]  ring_fetch_addr_i,
  input  logic [15*Rings-1:0]  ring_fetch_len_i,
  input  logic [8*Rings-1:0]   ring_fetch_func_i,
  output logic [Rings-1:0]     ring_fetch_sent_o,
  output logic [Rings-1:0]     ring_fetch_held_o,
  output logic [Rings-1:0]     ring_cpl_valid_o, // a beat for this ring

  // rings: write-back and its payload
  input  logic [Rings-1:0]     ring_wb_valid_i,
  input  logic [64*Rings-1:0]  ring_wb_addr_i,
  input  logic [15*Rings-1:0]  ring_wb_len_i,
  input  logic [16*Rings-1:0]  ring_wb_off_i,
  input  logic [8*Rings-1:0]   ring_wb_func_i,
  input  logic [128*Rings-1:0] ring_pay_i,
  output logic [Rings-1:0]     ring_wb_sent_o,
  output logic [Rings-1:0]     ring_wb_held_o,

  // host port
  input  logic                 fetch_done_i,
  output logic                 fetch_valid_o,
  output logic [63:0]          fetch_addr_o,
  output logic [14:0]          fetch_len_o,
  output logic [7:0]           fetch_func_o,
  output logic [4:0]           fetch_queue_o,
  input  logic                 wb_done_i,
  output logic                 wb_valid_o,
  output logic [63:0]          wb_addr_o,
  output logic [14:0]          wb_len_o,
  output logic [15:0]          wb_off_o,
  output logic [7:0]           wb_func_o,
  output logic [4:0]           wb_queue_o,
  input  logic                 pay_valid_i, // words of a write-back are being read: its ring stays
  output logic [127:0]         pay_o,

  // completions: a payload beat of this requester
  input  logic                 cpl_valid_i,
  input  logic [4:0]           cpl_queue_i
);

  localparam int unsigned IdxW = $clog2(Rings);

  logic [Rings-1:0] may;
  logic [IdxW-1:0]  fetch_cur, wb_cur;

  // A ring that restarts takes back what is not held.
  assign may = may_i & ~restart_i;

  ring_pick #(
    .Rings (Rings)
  ) u_fetch (
    .clk_i,
    .rst_ni,
    .reset_i,
    .req_i  (ring_fetch_valid_i & may),
    .done_i (fetch_done_i),
    .held_o (fetch_valid_o),
    .cur_o  (fetch_cur)
  );

  ring_pick #(
    .Rings (Rings)
  ) u_wb (
    .clk_i,
    .rst_ni,
    .reset_i,
    .req_i  (ring_wb_valid_i & may),
    .done_i (wb_done_i),
    .held_o (wb_valid_o),
    .cur_o  (wb_cur)
  );

  //////////////
  // To rings //
  //////////////

  always_comb begin
    ring_fetch_held_o = '0;
    ring_wb_held_o = '0;
    ring_cpl_valid_o = '0;
    for (int unsigned i = 0; i < Rings; i++) begin
      ring_fetch_held_o[i] = fetch_valid_o && (fetch_cur == IdxW'(i));
      ring_wb_held_o[i] = wb_valid_o && (wb_cur == IdxW'(i));
      ring_cpl_valid_o[i] = cpl_valid_i && (cpl_queue_i == 5'(i));
    end
  end

  assign ring_fetch_sent_o = ring_fetch_held_o & {Rings{fetch_done_i}};
  assign ring_wb_sent_o = ring_wb_held_o & {Rings{wb_done_i}};

  /////////////////
  // To the port //
  /////////////////

  assign fetch_addr_o = ring_fetch_addr_i[64*fetch_cur+:64];
  assign fetch_len_o = ring_fetch_len_i[15*fetch_cur+:15];
  assign fetch_func_o = ring_fetch_func_i[8*fetch_cur+:8];
  assign fetch_queue_o = 5'(fetch_cur);
  assign wb_addr_o = ring_wb_addr_i[64*wb_cur+:64];
  assign wb_len_o = ring_wb_len_i[15*wb_cur+:15];
  assign wb_off_o = ring_wb_off_i[16*wb_cur+:16];
  assign wb_func_o = ring_wb_func_i[8*wb_cur+:8];
  assign wb_queue_o = 5'(wb_cur);

  // The TLP on the pins goes on to its end, whatever becomes of what is held: the payload is of the
  // ring that was held when it was granted.
  logic [IdxW-1:0] pay_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) pay_q <= '0;
    else if (!pay_valid_i) pay_q <= wb_cur;
  end

  assign pay_o = ring_pay_i[128*pay_q+:128];

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && !reset_i) begin
      // A ring shows its request until it is done.
      FetchStays_A: assert ((ring_fetch_held_o & ~ring_fetch_valid_i) == '0);
      WbStays_A:    assert ((ring_wb_held_o & ~ring_wb_valid_i) == '0);
    end
  end
`endif

endmodule
