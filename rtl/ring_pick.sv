// SPDX-License-Identifier: Apache-2.0
// Picks one of the requests of several rings for one requester of the host port, and holds it until
// that is done. Twin of pick_tick() in model/ring_arbiter.c.
//
// Cycle contract: that of model/ring_arbiter.h. Outputs are flops.
// Known differences: none.
module ring_pick #(
  parameter int unsigned Rings = nic_82576_pkg::Queues
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  input  logic                     reset_i, // CTRL.RST: to the reset state in this tick
  input  logic [Rings-1:0]         req_i,   // may be picked
  input  logic                     done_i,  // of the one that is held
  output logic                     held_o,
  output logic [$clog2(Rings)-1:0] cur_o    // of this ring, or that was the last one
);

  localparam int unsigned IdxW = $clog2(Rings);

  logic             held_d, held_q;
  logic [IdxW-1:0]  cur_d, cur_q;
  logic [Rings-1:0] req, behind;
  logic             free;

  assign free = !held_q || done_i;

  always_comb begin
    req = req_i;
    if (held_q) req[cur_q] = 1'b0; // its ring lowers it only now
    behind = '0;
    for (int unsigned i = 0; i < Rings; i++) behind[i] = req[i] && (IdxW'(i) > cur_q);
    held_d = free ? (req != '0) : held_q;
    cur_d = cur_q;
    if (free) begin
      for (int i = Rings - 1; i >= 0; i--) begin
        if (behind != '0 ? behind[i] : req[i]) cur_d = IdxW'(i);
      end
    end
    if (reset_i) begin
      held_d = 1'b0;
      cur_d = IdxW'(Rings - 1);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      held_q <= 1'b0;
      cur_q <= IdxW'(Rings - 1);
    end else begin
      held_q <= held_d;
      cur_q <= cur_d;
    end
  end

  assign held_o = held_q;
  assign cur_o = cur_q;

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    // The port is done only with what it has been asked for.
    if (rst_ni) Done_A: assert (!done_i || held_q || reset_i);
  end
`endif

endmodule
