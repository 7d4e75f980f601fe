// SPDX-License-Identifier: Apache-2.0
// The interrupt throttle (ITR) and the request for INTA# or a message. Twin of model/throttle.c.
//
// Cycle contract: pend visible in cycle c and gate open -> int_q changes in tick c, INTA# is on the
// pin in c+1. The gate opens again exactly ITR * ItrUnitCyc ticks after the tick that asserted.
// Deassertion is never throttled.
// Difference in form: the C holds the gate as the cycle in which it opens (open_cyc). Here open_q
// counts down: in cycle n it is open_cyc - n + 1, and 0 from open_cyc + 1 on.
// Known differences: none.

module throttle (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        reset_i, // CTRL.RST: to the reset state in this tick

  // from irq
  input  logic        pend_i,

  // from pci_config
  input  logic        msi_en_i,

  // from host_port: the message is sent
  input  logic        msi_done_i,

  // from regs: interval, ItrUnitCyc units, 0 = off
  input  logic [15:0] itr_i,

  // register bus
  input  logic        csr_valid_i,
  input  logic        csr_write_i,
  input  logic [15:0] csr_id_i,
  input  logic [31:0] csr_wdata_i,

  // to pci_config, and through its masks to the pin
  output logic        int_o,

  // to host_port: a message waits
  output logic        msi_o
);

  localparam int unsigned OpenW = $clog2(32'hFFFF * nic_pkg::ItrUnitCyc + 1);

  logic             int_d, int_q;
  logic             msi_d, msi_q;
  logic [OpenW-1:0] open_d, open_q;

  ////////////////////////
  // Outputs from state //
  ////////////////////////

  assign int_o = int_q;
  assign msi_o = msi_q;

  ////////////////
  // Next state //
  ////////////////

  logic itr_zero; // 0 opens the gate at once; any other value counts from the next assertion
  logic gate;     // open in this tick

  assign itr_zero = csr_valid_i && csr_write_i && csr_id_i == 16'(nic_pkg::E1000_R_ITR) &&
                    csr_wdata_i[15:0] == '0;
  assign gate     = open_q <= OpenW'(1) || itr_zero;

  always_comb begin
    int_d  = int_q;
    msi_d  = msi_q;
    open_d = gate ? '0 : open_q - OpenW'(1);

    if (msi_done_i) msi_d = 1'b0;
    if (!pend_i) begin
      int_d = 1'b0;
    end else if (!int_q && gate) begin
      int_d  = 1'b1;
      msi_d  = msi_en_i;
      open_d = OpenW'(32'(itr_i) * nic_pkg::ItrUnitCyc);
    end
  end

  logic unused_csr_wdata;
  assign unused_csr_wdata = ^csr_wdata_i[31:16];

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      int_q  <= 1'b0;
      msi_q  <= 1'b0;
      open_q <= '0;
    end else if (reset_i) begin
      int_q  <= 1'b0;
      msi_q  <= 1'b0;
      open_q <= '0;
    end else begin
      int_q  <= int_d;
      msi_q  <= msi_d;
      open_q <= open_d;
    end
  end

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && !reset_i) begin
      // An assertion passes an open gate only, and deassertion is never held back.
      Gate_A:     assert (!(int_d && !int_q) || gate);
      Deassert_A: assert (pend_i || !int_d);
    end
  end
`endif

endmodule
