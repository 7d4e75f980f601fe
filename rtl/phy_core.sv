// SPDX-License-Identifier: Apache-2.0
// What the PHYs of both personalities have in common: MDIC, the registers of IEEE 802.3 and the
// link state machine. Twin of model/phy_core.c. The module around it (phy, phy_igp3) has the
// registers of the vendor.
//
// Cycle contract: that of model/phy.h. An operation written to MDIC in cycle c ends in tick
// c + MdicCyc, a negotiation that starts in tick c ends in tick c + AutonegCyc. Order within a
// tick: end of the MDIC operation, MDIC write, link, record of its changes, hardware reset (instead
// of the two before it).
// What the vendor's registers need is combinational: an operation that ends in this tick, which is
// answered in the same tick, and what it or the partner makes of the link.
// Differences in form: the C holds the ends of MDIC and negotiation as cycles, these are down
// counters; in cycle n a counter is end - n + 1: 1 ends in this tick, 0 = idle. A stamp (mdac_cyc)
// is a flop that is 1 for a cycle.
// Known differences: none.

module phy_core #(
  // A test build may negotiate faster.
  parameter int unsigned AutonegCyc = nic_pkg::PhyAutonegCyc,
  // What differs between PHYs: register number of MDIC, registers 2 and 3, reset values of 4 and 9,
  // whether a multiport device (9.10) without a manual setting is the master.
  parameter int unsigned MdicId    = nic_pkg::E1000_R_MDIC,
  parameter logic [15:0] Id1       = nic_pkg::E1000_PHY_ID1_INIT,
  parameter logic [15:0] Id2       = nic_pkg::E1000_PHY_ID2_INIT,
  parameter logic [15:0] ResetAna  = nic_pkg::E1000_PHY_ANA_INIT,
  parameter logic [15:0] ResetGcon = nic_pkg::E1000_PHY_GCON_INIT,
  parameter bit          Multiport = 1'b1
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

  // pins: the link partner
  input  logic        lp_present_i,
  input  logic [1:0]  lp_speed_i, // its fastest: 0=10 1=100 2=1000
  input  logic        lp_pause_i,

  // to the vendor's registers, in the tick: an operation on one of them, resets, link
  output logic        op_read_o,
  output logic        op_write_o, // of those that are here too
  output logic [4:0]  op_reg_o,
  output logic [15:0] op_data_o,
  input  logic [15:0] op_value_i, // answer to a read
  output logic        soft_rst_o, // software reset
  output logic        changed_o,  // the link changes; not under phy_rst
  // and from state: PAUSE is advertised by both ends
  output logic        pause_o,

  // to regs
  output logic [31:0] mdic_o,
  output logic        link_o,
  output logic        fd_o,       // full duplex; the last link's while there is none
  output logic [1:0]  speed_o,    // 0=10 1=100 2=1000; likewise
  output logic        loopback_o, // transmitted bytes return, nothing is sent on the wire

  // to irq
  output logic        mdac_o      // pulse: MDIO access complete
);

  localparam int unsigned MdicW = $clog2(nic_pkg::MdicCyc + 1);
  localparam int unsigned AnW   = $clog2(AutonegCyc + 1);

  // Fields of MDIC.
  localparam int unsigned DataL = nic_pkg::E1000_MDIC_DATA_LSB;
  localparam int unsigned DataW = nic_pkg::E1000_MDIC_DATA_W;
  localparam int unsigned RegL  = nic_pkg::E1000_MDIC_REGADD_LSB;
  localparam int unsigned RegW  = nic_pkg::E1000_MDIC_REGADD_W;
  localparam int unsigned PhyL  = nic_pkg::E1000_MDIC_PHYADD_LSB;
  localparam int unsigned PhyW  = nic_pkg::E1000_MDIC_PHYADD_W;
  localparam int unsigned OpL   = nic_pkg::E1000_MDIC_OP_LSB;
  localparam int unsigned OpW   = nic_pkg::E1000_MDIC_OP_W;
  localparam int unsigned MdicR = nic_pkg::E1000_MDIC_R_LSB;
  localparam int unsigned MdicI = nic_pkg::E1000_MDIC_I_LSB;
  localparam int unsigned MdicE = nic_pkg::E1000_MDIC_E_LSB;

  localparam logic [PhyW-1:0] MdioAddress = PhyW'(nic_pkg::PhyAddress);
  localparam logic [OpW-1:0]  OpWrite     = OpW'(nic_pkg::MdicOpWrite);
  localparam logic [OpW-1:0]  OpRead      = OpW'(nic_pkg::MdicOpRead);

  // Registers and their bits.
  localparam logic [RegW-1:0] RegCtrl     = RegW'(nic_pkg::E1000_PHY_CTRL);
  localparam logic [RegW-1:0] RegStatus   = RegW'(nic_pkg::E1000_PHY_STATUS);
  localparam logic [RegW-1:0] RegId1      = RegW'(nic_pkg::E1000_PHY_ID1);
  localparam logic [RegW-1:0] RegId2      = RegW'(nic_pkg::E1000_PHY_ID2);
  localparam logic [RegW-1:0] RegAna      = RegW'(nic_pkg::E1000_PHY_ANA);
  localparam logic [RegW-1:0] RegLpa      = RegW'(nic_pkg::E1000_PHY_LPA);
  localparam logic [RegW-1:0] RegAne      = RegW'(nic_pkg::E1000_PHY_ANE);
  localparam logic [RegW-1:0] RegGcon     = RegW'(nic_pkg::E1000_PHY_GCON);
  localparam logic [RegW-1:0] RegGstatus  = RegW'(nic_pkg::E1000_PHY_GSTATUS);
  localparam logic [RegW-1:0] RegEpstatus = RegW'(nic_pkg::E1000_PHY_EPSTATUS);

  localparam int unsigned CtrlSpeedMsb  = nic_pkg::E1000_PHY_CTRL_SPEED_MSB_LSB;
  localparam int unsigned CtrlFd        = nic_pkg::E1000_PHY_CTRL_FD_LSB;
  localparam int unsigned CtrlRestart   = nic_pkg::E1000_PHY_CTRL_RESTART_AN_LSB;
  localparam int unsigned CtrlPowerdown = nic_pkg::E1000_PHY_CTRL_POWER_DOWN_LSB;
  localparam int unsigned CtrlAn        = nic_pkg::E1000_PHY_CTRL_AN_ENABLE_LSB;
  localparam int unsigned CtrlSpeedLsb  = nic_pkg::E1000_PHY_CTRL_SPEED_LSB_LSB;
  localparam int unsigned CtrlLoopback  = nic_pkg::E1000_PHY_CTRL_LOOPBACK_LSB;
  localparam int unsigned CtrlReset     = nic_pkg::E1000_PHY_CTRL_RESET_LSB;
  localparam logic [15:0] CtrlStored     = nic_pkg::E1000_PHY_CTRL_WMASK; // what a write keeps
  localparam logic [15:0] CtrlConfigured = // what a software reset keeps
      16'b1 << CtrlSpeedMsb | 16'b1 << CtrlSpeedLsb | 16'b1 << CtrlFd | 16'b1 << CtrlAn;

  localparam logic [15:0] StatusFixed  = nic_pkg::E1000_PHY_STATUS_INIT;
  localparam int unsigned StatusLink   = nic_pkg::E1000_PHY_STATUS_LINK_LSB;
  localparam int unsigned StatusAnDone = nic_pkg::E1000_PHY_STATUS_AN_DONE_LSB;

  localparam int unsigned AnPause = nic_pkg::E1000_PHY_ANA_PAUSE_LSB;
  localparam int unsigned An100Fd = nic_pkg::E1000_PHY_ANA_100FD_LSB;
  localparam int unsigned An100Hd = nic_pkg::E1000_PHY_ANA_100HD_LSB;
  localparam int unsigned An10Fd  = nic_pkg::E1000_PHY_ANA_10FD_LSB;
  localparam int unsigned An10Hd  = nic_pkg::E1000_PHY_ANA_10HD_LSB;
  localparam int unsigned AnAck = nic_pkg::E1000_PHY_ANA_ACK_LSB;
  localparam logic [15:0] LpaBase = // acknowledge, 10 Mb/s both ways, selector
      16'b1 << AnAck | 16'b1 << An10Fd | 16'b1 << An10Hd |
      16'b1 << nic_pkg::E1000_PHY_ANA_SELECTOR_LSB;
  localparam logic [15:0] Lpa100 = 16'b1 << An100Fd | 16'b1 << An100Hd;

  localparam int unsigned Gcon1000Hd    = nic_pkg::E1000_PHY_GCON_1000HD_LSB;
  localparam int unsigned Gcon1000Fd    = nic_pkg::E1000_PHY_GCON_1000FD_LSB;
  localparam int unsigned GconMultiport = nic_pkg::E1000_PHY_GCON_MULTIPORT_LSB;
  localparam int unsigned GconMaster    = nic_pkg::E1000_PHY_GCON_MASTER_LSB;
  localparam int unsigned GconManual    = nic_pkg::E1000_PHY_GCON_MANUAL_LSB;

  localparam logic [15:0] GstatusLp1000 = 16'h3 << nic_pkg::E1000_PHY_GSTATUS_LP_1000_LSB;
  localparam logic [15:0] GstatusRxOk   = 16'h3 << nic_pkg::E1000_PHY_GSTATUS_RX_OK_LSB;
  localparam logic [15:0] GstatusMaster = 16'h1 << nic_pkg::E1000_PHY_GSTATUS_MASTER_LSB;

  localparam logic [15:0] AneDone     = 16'h1 << nic_pkg::E1000_PHY_ANE_LP_AN_LSB |
                                        16'h1 << nic_pkg::E1000_PHY_ANE_PAGE_LSB;

  // Values of a hardware reset.
  localparam logic [15:0] ResetCtrl  = nic_pkg::E1000_PHY_CTRL_INIT;
  localparam logic [1:0]  ResetSpeed = 2'd2;

  // In the order of enum phy_state.
  typedef enum logic [2:0] {
    PhyStReset,
    PhyStPowerdown,
    PhyStDown,
    PhyStNegotiating,
    PhyStUp,
    PhyStLoopback
  } state_e;

  state_e           state_d, state_q;
  logic [MdicW-1:0] mdic_cnt_d, mdic_cnt_q;
  logic [AnW-1:0]   an_cnt_d, an_cnt_q;     // not 0 in state NEGOTIATING only
  logic [30:0]      mdic_d, mdic_q;
  logic [15:0]      ctrl_d, ctrl_q;
  logic [15:0]      ana_d, ana_q;
  logic [15:0]      lpa_d, lpa_q;
  logic [15:0]      gcon_d, gcon_q;
  logic [15:0]      gstatus_d, gstatus_q;
  logic [15:0]      op_ctrl_d, op_ctrl_q;
  logic [15:0]      op_ana_d, op_ana_q;
  logic [15:0]      op_gcon_d, op_gcon_q;
  logic [1:0]       speed_d, speed_q;
  logic             fd_d, fd_q;
  logic             link_d, link_q;
  logic             link_lost_d, link_lost_q;
  logic             an_done_d, an_done_q;
  logic             mdac_d, mdac_q;

  ////////////////////////
  // Outputs from state //
  ////////////////////////

  assign mdic_o     = {1'b0, mdic_q};
  assign link_o     = link_q;
  assign fd_o       = fd_q;
  assign speed_o    = speed_q;
  assign loopback_o = state_q == PhyStLoopback;
  assign mdac_o     = mdac_q;
  assign pause_o    = op_ana_q[AnPause] && lpa_q[AnPause];

  ////////////////////////
  // Value of registers //
  ////////////////////////

  logic [RegW-1:0] regadd; // register of the MDIC operation
  logic [15:0]     value;  // of one that is here
  logic            here;

  assign regadd = mdic_q[RegL +: RegW];

  always_comb begin
    value = '0;
    here  = 1'b1;
    unique case (regadd)
      RegCtrl: value = ctrl_q;
      RegStatus: begin
        value = StatusFixed;
        value[StatusLink] = link_q && !link_lost_q;
        value[StatusAnDone] = an_done_q;
      end
      RegId1: value = Id1;
      RegId2: value = Id2;
      RegAna: value = ana_q;
      RegLpa: value = lpa_q;
      RegAne: value = an_done_q ? AneDone : '0;
      RegGcon: value = gcon_q;
      RegGstatus: value = gstatus_q;
      RegEpstatus: value = nic_pkg::E1000_PHY_EPSTATUS_INIT;
      default: here = 1'b0;
    endcase
  end

  ////////////////
  // Resolution //
  ////////////////

  logic [1:0]  lp_speed;
  logic        mode_ok; // something is common
  logic [1:0]  mode_speed;
  logic        mode_fd;
  logic [15:0] new_lpa, new_gstatus;

  function automatic logic [1:0] forced_speed(input logic [15:0] ctrl);
    forced_speed = ctrl[CtrlSpeedMsb] ? 2'd2 : {1'b0, ctrl[CtrlSpeedLsb]};
  endfunction

  assign lp_speed = lp_speed_i == 2'd3 ? 2'd2 : lp_speed_i;

  // Best common mode, with what is in force.
  always_comb begin
    mode_ok    = 1'b1;
    mode_speed = 2'd0;
    mode_fd    = 1'b0;
    if (!op_ctrl_q[CtrlAn]) begin
      mode_speed = forced_speed(op_ctrl_q);
      mode_fd    = op_ctrl_q[CtrlFd];
      mode_ok    = mode_speed <= lp_speed;
    end else if (lp_speed == 2'd2 && (op_gcon_q[Gcon1000Fd] || op_gcon_q[Gcon1000Hd])) begin
      mode_speed = 2'd2;
      mode_fd    = op_gcon_q[Gcon1000Fd];
    end else if (lp_speed != 2'd0 && (op_ana_q[An100Fd] || op_ana_q[An100Hd])) begin
      mode_speed = 2'd1;
      mode_fd    = op_ana_q[An100Fd];
    end else begin
      mode_fd    = op_ana_q[An10Fd];
      mode_ok    = op_ana_q[An10Fd] || op_ana_q[An10Hd];
    end
  end

  // What is learnt of the partner. One without a manual setting of its own takes the role that is
  // left, or that of the master where this end does not prefer it.
  always_comb begin
    new_lpa     = '0;
    new_gstatus = '0;
    if (op_ctrl_q[CtrlAn]) begin
      new_lpa = LpaBase;
      if (lp_speed != 2'd0) new_lpa = new_lpa | Lpa100;
      new_lpa[AnPause] = lp_pause_i;
      if (lp_speed == 2'd2) new_gstatus = GstatusLp1000;
    end
    if (mode_speed == 2'd2) begin
      new_gstatus = new_gstatus | GstatusRxOk;
      if (op_gcon_q[GconManual] ? op_gcon_q[GconMaster] :
                                  Multiport && op_gcon_q[GconMultiport]) begin
        new_gstatus = new_gstatus | GstatusMaster;
      end
    end
  end

  ////////////////
  // Next state //
  ////////////////

  logic            mdic_write;
  logic            mdic_end; // the operation reaches its end
  logic            held;     // the PHY does not answer
  logic            hears;    // it knows the operation
  logic            rd, wr;   // it does it
  logic [15:0]     w;
  logic            soft_rst; // software reset
  logic            forget;   // what was learnt from the partner is forgotten
  logic            was_link; // link before this tick's change, for the record

  assign mdic_write = csr_valid_i && csr_write_i && csr_id_i == 16'(MdicId);
  assign mdic_end   = mdic_cnt_q == MdicW'(1) && !reset_i;
  assign held       = phy_rst_i || state_q == PhyStReset;
  assign hears      = !held && mdic_q[PhyL +: PhyW] == MdioAddress;
  assign rd         = mdic_end && hears && mdic_q[OpL +: OpW] == OpRead;
  assign wr         = mdic_end && hears && mdic_q[OpL +: OpW] == OpWrite;
  assign w          = mdic_q[DataL +: DataW];

  assign op_read_o  = rd && !here;
  assign op_write_o = wr;
  assign op_reg_o   = regadd;
  assign op_data_o  = w;
  assign soft_rst_o = soft_rst;

  // MDIC. In the tick of an end a write comes behind it: both happen.
  always_comb begin
    mdic_d     = mdic_q;
    mdic_cnt_d = mdic_cnt_q == '0 ? '0 : mdic_cnt_q - MdicW'(1);
    mdac_d     = mdic_end && mdic_q[MdicI];
    if (mdic_end) begin
      mdic_d[MdicR] = 1'b1;
      mdic_d[MdicE] = !rd && !wr;
      if (rd) mdic_d[DataL +: DataW] = here ? value : op_value_i;
    end
    if (mdic_write) begin
      mdic_d        = csr_wdata_i[30:0];
      mdic_d[MdicR] = 1'b0;
      mdic_d[MdicE] = 1'b0;
      mdic_cnt_d    = MdicW'(nic_pkg::MdicCyc);
    end
    if (reset_i) begin
      mdic_d     = '0;
      mdic_cnt_d = '0;
    end
  end

  // The PHY.
  always_comb begin
    state_d     = state_q;
    ctrl_d      = ctrl_q;
    ana_d       = ana_q;
    lpa_d       = lpa_q;
    gcon_d      = gcon_q;
    gstatus_d   = gstatus_q;
    op_ctrl_d   = op_ctrl_q;
    op_ana_d    = op_ana_q;
    op_gcon_d   = op_gcon_q;
    speed_d     = speed_q;
    fd_d        = fd_q;
    link_lost_d = link_lost_q;
    an_done_d   = an_done_q;
    an_cnt_d    = an_cnt_q == '0 ? '0 : an_cnt_q - AnW'(1);
    soft_rst    = 1'b0;
    forget      = 1'b0;

    // 1. the operation of MDIC
    if (rd && regadd == RegStatus) link_lost_d = 1'b0;
    if (wr) begin
      unique case (regadd)
        RegCtrl: begin
          ctrl_d   = w & (w[CtrlReset] ? CtrlConfigured : CtrlStored);
          soft_rst = w[CtrlReset] || (state_q == PhyStPowerdown && !w[CtrlPowerdown]);
          forget   = soft_rst || w[CtrlPowerdown] || w[CtrlLoopback] || w[CtrlRestart] ||
                     state_q == PhyStLoopback;
          if (w[CtrlReset]) begin
            state_d = PhyStDown;
          end else if (w[CtrlPowerdown]) begin
            state_d = PhyStPowerdown;
          end else if (w[CtrlLoopback]) begin
            state_d = PhyStLoopback;
            speed_d = forced_speed(w);
            fd_d    = w[CtrlFd];
          end else if (forget) begin
            state_d = PhyStDown;
          end
        end
        RegAna: ana_d = w & nic_pkg::E1000_PHY_ANA_WMASK;
        RegGcon: gcon_d = w & nic_pkg::E1000_PHY_GCON_WMASK;
        default: ;
      endcase
    end
    if (soft_rst) link_lost_d = 1'b0;

    // 2. link
    if (forget) begin
      an_cnt_d  = '0;
      an_done_d = 1'b0;
      lpa_d     = '0;
      gstatus_d = '0;
    end
    if (state_d == PhyStReset) state_d = PhyStDown; // where all that is forgotten already
    if (state_d == PhyStNegotiating || state_d == PhyStUp) begin
      if (!lp_present_i || an_cnt_q == AnW'(1)) begin
        state_d   = PhyStDown;
        an_cnt_d  = '0;
        an_done_d = 1'b0;
        lpa_d     = '0;
        gstatus_d = '0;
        if (lp_present_i && mode_ok) begin
          state_d   = PhyStUp;
          speed_d   = mode_speed;
          fd_d      = mode_fd;
          an_done_d = op_ctrl_q[CtrlAn];
          lpa_d     = new_lpa;
          gstatus_d = new_gstatus;
        end
      end
    end
    if (state_d == PhyStDown && lp_present_i) begin
      state_d   = PhyStNegotiating;
      an_cnt_d  = AnW'(AutonegCyc);
      op_ctrl_d = ctrl_d;
      op_ana_d  = ana_d;
      op_gcon_d = gcon_d;
    end

    // 3. record; a software reset leaves none of itself
    was_link = link_q && !soft_rst;
    link_d   = state_d == PhyStUp || state_d == PhyStLoopback;
    changed_o = link_d != was_link && !phy_rst_i;
    if (link_d != was_link && !link_d) link_lost_d = 1'b1;

    // Hardware reset. What is in force stays until the next negotiation.
    if (phy_rst_i) begin
      state_d     = PhyStReset;
      an_cnt_d    = '0;
      ctrl_d      = ResetCtrl;
      ana_d       = ResetAna;
      lpa_d       = '0;
      gcon_d      = ResetGcon;
      gstatus_d   = '0;
      op_ctrl_d   = op_ctrl_q;
      op_ana_d    = op_ana_q;
      op_gcon_d   = op_gcon_q;
      speed_d     = ResetSpeed;
      fd_d        = 1'b1;
      link_d      = 1'b0;
      link_lost_d = 1'b0;
      an_done_d   = 1'b0;
    end

  end

  logic unused_csr_wdata;
  assign unused_csr_wdata = csr_wdata_i[31];

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q     <= PhyStReset;
      mdic_cnt_q  <= '0;
      an_cnt_q    <= '0;
      mdic_q      <= '0;
      ctrl_q      <= ResetCtrl;
      ana_q       <= ResetAna;
      lpa_q       <= '0;
      gcon_q      <= ResetGcon;
      gstatus_q   <= '0;
      op_ctrl_q   <= '0;
      op_ana_q    <= '0;
      op_gcon_q   <= '0;
      speed_q     <= ResetSpeed;
      fd_q        <= 1'b1;
      link_q      <= 1'b0;
      link_lost_q <= 1'b0;
      an_done_q   <= 1'b0;
      mdac_q      <= 1'b0;
    end else begin
      state_q     <= state_d;
      mdic_cnt_q  <= mdic_cnt_d;
      an_cnt_q    <= an_cnt_d;
      mdic_q      <= mdic_d;
      ctrl_q      <= ctrl_d;
      ana_q       <= ana_d;
      lpa_q       <= lpa_d;
      gcon_q      <= gcon_d;
      gstatus_q   <= gstatus_d;
      op_ctrl_q   <= op_ctrl_d;
      op_ana_q    <= op_ana_d;
      op_gcon_q   <= op_gcon_d;
      speed_q     <= speed_d;
      fd_q        <= fd_d;
      link_q      <= link_d;
      link_lost_q <= link_lost_d;
      an_done_q   <= an_done_d;
      mdac_q      <= mdac_d;
    end
  end

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      // A negotiation is counted as long as it lasts.
      Negotiates_A: assert ((state_q == PhyStNegotiating) == (an_cnt_q != '0));
      // What was learnt is forgotten with the link.
      Forgets_A:    assert (state_q == PhyStUp || (lpa_q == '0 && gstatus_q == '0 && !an_done_q));
      Link_A:       assert (link_q == (state_q == PhyStUp || state_q == PhyStLoopback));
      // MDIC is ready, or on its way, or was never written.
      Ready_A:      assert (mdic_q[MdicR] || mdic_cnt_q != '0 || mdic_q == '0);
    end
  end
`endif

endmodule
