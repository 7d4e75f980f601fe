// SPDX-License-Identifier: Apache-2.0
// Interrupt causes and masks: ICR, ICS, IMS, IMC. Twin of model/irq.c.
//
// Cycle contract: a cause pulse or register access visible in cycle c changes ICR/IMS in tick c;
// the new value is visible (to register reads and to the throttle) in c+1. A set and a clear of one
// bit in the same cycle: the set survives.
// Known differences: none.

module irq #(
  // Bits that exist in ICR.
  localparam int unsigned CauseW = nic_pkg::E1000_ICR_SRPD_LSB + 1
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              reset_i, // CTRL.RST: to the reset state in this tick

  // from desc_ring, mac_rx, phy, regs: causes pulsed in this cycle
  input  logic [CauseW-1:0] set_i,

  // register bus
  input  logic              csr_valid_i,
  input  logic              csr_write_i,
  input  logic [15:0]       csr_id_i,
  input  logic [31:0]       csr_wdata_i,

  // to regs (reads)
  output logic [CauseW-1:0] icr_o,
  output logic [CauseW-1:0] ims_o,

  // to throttle: a cause is set and not masked
  output logic              pend_o
);

  logic [CauseW-1:0] icr_d, icr_q;
  logic [CauseW-1:0] ims_d, ims_q;

  ////////////////////////
  // Outputs from state //
  ////////////////////////

  assign icr_o  = icr_q;
  assign ims_o  = ims_q;
  assign pend_o = |(icr_q & ims_q);

  ////////////////
  // Next state //
  ////////////////

  logic [CauseW-1:0] w, set, clear;

  assign w = csr_wdata_i[CauseW-1:0];

  always_comb begin
    set   = set_i;
    clear = '0;
    ims_d = ims_q;

    if (csr_valid_i) begin
      if (csr_write_i) begin
        unique case (csr_id_i)
          16'(nic_pkg::E1000_R_ICR): clear = w;
          16'(nic_pkg::E1000_R_ICS): set   = set_i | w;
          16'(nic_pkg::E1000_R_IMS): ims_d = ims_q | w;
          16'(nic_pkg::E1000_R_IMC): ims_d = ims_q & ~w;
          default: ;
        endcase
      end else if (csr_id_i == 16'(nic_pkg::E1000_R_ICR)) begin
        clear = '1; // every read clears the whole register
      end
    end

    icr_d = (icr_q & ~clear) | set;
  end

  logic unused_csr_wdata;
  assign unused_csr_wdata = ^csr_wdata_i[31:CauseW];

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      icr_q <= '0;
      ims_q <= '0;
    end else if (reset_i) begin
      icr_q <= '0;
      ims_q <= '0;
    end else begin
      icr_q <= icr_d;
      ims_q <= ims_d;
    end
  end

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && !reset_i) begin
      // No cause is lost, whatever is cleared in the same cycle.
      SetSurvives_A: assert ((set_i & ~icr_d) == '0);
    end
  end
`endif

endmodule
