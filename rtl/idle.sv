// SPDX-License-Identifier: Apache-2.0
// The idle pin: nothing has moved in the last IdleCyc cycles. Twin of nic_still() in
// model/transfers.c and of its use in model/pins.c.
//
// Cycle contract: docs/cycle-contract.md, "Quiet and idle". still_i = 1 in cycle n says that
// nothing is under way and no pulse is visible in n; idle_o counts n itself, so it follows still_i
// in its cycle. still_i comes from flops.
// Known differences: none.
module idle (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic still_i,
  output logic idle_o
);

  localparam int unsigned Before = nic_pkg::IdleCyc - 1;

  logic [Before-1:0] still_d, still_q; // of the cycles before, the youngest in bit 0

  assign still_d = {still_q[Before-2:0], still_i};
  assign idle_o = still_i && (&still_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) still_q <= '0;
    else still_q <= still_d;
  end

endmodule
