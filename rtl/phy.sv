// SPDX-License-Identifier: Apache-2.0
// The copper PHY behind MDIC: the vendor's registers of the 88E1011, and PHYINT, around phy_core.
// Twin of model/phy.c.
//
// Cycle contract: that of model/phy.h. Order within a tick: end of the MDIC operation, MDIC write,
// link, record of its changes, receive error, hardware reset (instead of the three before it),
// PHYINT.
// Differences in form: a stamp (phyint_cyc) is a flop that is 1 for a cycle.
// Known differences: none.

module phy #(
  // A test build may negotiate faster.
  parameter int unsigned AutonegCyc = nic_pkg::PhyAutonegCyc
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        reset_i, // CTRL.RST: clears MDIC, does not touch the PHY

  // register bus
  input  logic        csr_valid_i,
  input  logic        csr_write_i,
  input  logic [15:0] csr_id_i,
  input  logic [31:0] csr_wdata_i,

  // from regs
  input  logic        phy_rst_i, // CTRL.PHY_RST: level, holds the PHY in hardware reset
  input  logic        gpi1_i,    // CTRL_EXT.GPI_EN bit 1: PHYINT is enabled

  // pins: the link partner
  input  logic        lp_present_i,
  input  logic [1:0]  lp_speed_i, // its fastest: 0=10 1=100 2=1000
  input  logic        lp_pause_i,

  // from mac_rx: pulse, a frame with RX_ER ended on the wire
  input  logic        rx_err_i,

  // to regs
  output logic [31:0] mdic_o,
  output logic        link_o,
  output logic        fd_o,       // full duplex; the last link's while there is none
  output logic [1:0]  speed_o,    // 0=10 1=100 2=1000; likewise
  output logic        loopback_o, // transmitted bytes return, nothing is sent on the wire
  output logic        int_o,      // level: CTRL_EXT.PHYINT

  // to irq
  output logic        mdac_o,     // pulse: MDIO access complete
  output logic        phyint_o    // pulse
);

  // Registers and their bits.
  localparam logic [4:0] RegNpt    = 5'(nic_pkg::E1000_PHY_NPT);
  localparam logic [4:0] RegPscon  = 5'(nic_pkg::E1000_PHY_PSCON);
  localparam logic [4:0] RegPsstat = 5'(nic_pkg::E1000_PHY_PSSTAT);
  localparam logic [4:0] RegPinte  = 5'(nic_pkg::E1000_PHY_PINTE);
  localparam logic [4:0] RegPints  = 5'(nic_pkg::E1000_PHY_PINTS);
  localparam logic [4:0] RegEpscon = 5'(nic_pkg::E1000_PHY_EPSCON);
  localparam logic [4:0] RegPrec   = 5'(nic_pkg::E1000_PHY_PREC);
  localparam logic [4:0] RegPage   = 5'(nic_pkg::E1000_PHY_PAGE);
  localparam logic [4:0] RegWindow = 5'(nic_pkg::E1000_PHY_WINDOW);

  localparam logic [15:0] PsstatUp    = 16'h1 << nic_pkg::E1000_PHY_PSSTAT_RESOLVED_LSB |
                                        16'h1 << nic_pkg::E1000_PHY_PSSTAT_LINK_LSB;
  localparam logic [15:0] PsstatPause = 16'h3 << nic_pkg::E1000_PHY_PSSTAT_PAUSE_LSB;
  localparam int unsigned PsstatFd    = nic_pkg::E1000_PHY_PSSTAT_FD_LSB;
  localparam int unsigned PsstatSpeed = nic_pkg::E1000_PHY_PSSTAT_SPEED_LSB;

  localparam int unsigned PintLink = nic_pkg::E1000_PHY_PINTS_LINK_LSB;

  // Values of a hardware reset.
  localparam logic [15:0] ResetNpt    = nic_pkg::E1000_PHY_NPT_INIT;
  localparam logic [15:0] ResetPscon  = nic_pkg::E1000_PHY_PSCON_INIT;
  localparam logic [15:0] ResetEpscon = nic_pkg::E1000_PHY_EPSCON_INIT;

  logic [15:0] npt_d, npt_q;
  logic [15:0] pscon_d, pscon_q;
  logic [15:0] pinte_d, pinte_q;
  logic [15:0] pints_d, pints_q;
  logic [15:0] epscon_d, epscon_q;
  logic [15:0] prec_d, prec_q;
  logic [15:0] page_d, page_q;
  logic [15:0] window_d, window_q;
  logic        phyint_d, phyint_q; // int_o and its enable
  logic        pulse_d, pulse_q;   // PHYINT: that rose

  //////////
  // Core //
  //////////

  logic        op_read, op_write; // an operation of MDIC on a register
  logic [4:0]  op_reg;
  logic [15:0] op_data;
  logic [15:0] value;             // of the register
  logic        soft_rst;
  logic        changed;           // the link
  logic        pause;

  phy_core #(
    .AutonegCyc (AutonegCyc)
  ) u_core (
    .clk_i,
    .rst_ni,
    .reset_i,
    .csr_valid_i,
    .csr_write_i,
    .csr_id_i,
    .csr_wdata_i,
    .phy_rst_i,
    .lp_present_i,
    .lp_speed_i,
    .lp_pause_i,
    .op_read_o  (op_read),
    .op_write_o (op_write),
    .op_reg_o   (op_reg),
    .op_data_o  (op_data),
    .op_value_i (value),
    .soft_rst_o (soft_rst),
    .changed_o  (changed),
    .pause_o    (pause),
    .mdic_o,
    .link_o,
    .fd_o,
    .speed_o,
    .loopback_o,
    .mdac_o
  );

  ////////////////////////
  // Outputs from state //
  ////////////////////////

  assign int_o    = |(pinte_q & pints_q);
  assign phyint_o = pulse_q;

  ////////////////////////
  // Value of registers //
  ////////////////////////

  logic [15:0] psstat;

  always_comb begin
    psstat = '0;
    if (link_o) begin
      psstat = PsstatUp;
      psstat[PsstatSpeed +: 2] = speed_o;
      psstat[PsstatFd] = fd_o;
      if (fd_o && pause) psstat = psstat | PsstatPause;
    end
  end

  always_comb begin
    value = '0;
    unique case (op_reg)
      RegNpt: value = npt_q;
      RegPscon: value = pscon_q;
      RegPsstat: value = psstat;
      RegPinte: value = pinte_q;
      RegPints: value = pints_q;
      RegEpscon: value = epscon_q;
      RegPrec: value = prec_q;
      RegPage: value = page_q;
      RegWindow: value = window_q;
      default: ;
    endcase
  end

  ////////////////
  // Next state //
  ////////////////

  always_comb begin
    npt_d    = npt_q;
    pscon_d  = pscon_q;
    pinte_d  = pinte_q;
    pints_d  = pints_q;
    epscon_d = epscon_q;
    prec_d   = prec_q;
    page_d   = page_q;
    window_d = window_q;

    // The operation of MDIC.
    if (op_read) begin
      if (op_reg == RegPints) pints_d = '0;
      if (op_reg == RegPrec) prec_d = '0;
    end
    if (op_write) begin
      unique case (op_reg)
        RegNpt: npt_d = op_data & nic_pkg::E1000_PHY_NPT_WMASK;
        RegPscon: pscon_d = op_data;
        RegPinte: pinte_d = op_data;
        RegEpscon: epscon_d = op_data;
        RegPage: page_d = op_data;
        RegWindow: window_d = op_data;
        default: ;
      endcase
    end
    if (soft_rst) begin
      pints_d = '0;
      prec_d  = '0;
    end

    // Events behind it.
    if (changed) pints_d[PintLink] = 1'b1;
    if (rx_err_i && prec_d != '1) prec_d = prec_d + 16'd1;

    // Hardware reset.
    if (phy_rst_i) begin
      npt_d    = ResetNpt;
      pscon_d  = ResetPscon;
      pinte_d  = '0;
      pints_d  = '0;
      epscon_d = ResetEpscon;
      prec_d   = '0;
      page_d   = '0;
      window_d = '0;
    end

    // PHYINT; CTRL.RST takes its enable away.
    phyint_d = |(pinte_d & pints_d) && gpi1_i && !reset_i;
    pulse_d  = phyint_d && !phyint_q;
  end

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      npt_q    <= ResetNpt;
      pscon_q  <= ResetPscon;
      pinte_q  <= '0;
      pints_q  <= '0;
      epscon_q <= ResetEpscon;
      prec_q   <= '0;
      page_q   <= '0;
      window_q <= '0;
      phyint_q <= 1'b0;
      pulse_q  <= 1'b0;
    end else begin
      npt_q    <= npt_d;
      pscon_q  <= pscon_d;
      pinte_q  <= pinte_d;
      pints_q  <= pints_d;
      epscon_q <= epscon_d;
      prec_q   <= prec_d;
      page_q   <= page_d;
      window_q <= window_d;
      phyint_q <= phyint_d;
      pulse_q  <= pulse_d;
    end
  end

endmodule
