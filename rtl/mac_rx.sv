// SPDX-License-Identifier: Apache-2.0
// The receive side of the MAC: takes a frame from the wire byte by byte, writes it to the packet
// buffer without tag and FCS, and passes the verdict. Twin of model/mac_rx.c.
//
// Cycle contract: f is the first preamble cycle, e the cycle of the last byte. A byte on the pins
// in cycle n is in the input flops in n+1, and written in tick n+1. The receiver must be on in f,
// and what decides about stripping and offload (rx_shape_t of model/offload.h) is taken in tick f.
// A word is written in the tick of its last byte; the last one of the frame, if it is not full, in
// tick e+2. The verdict is passed in tick e + RxVerdictCyc, with the registers as they are visible
// then: statistics event, accept and fate are answers of that cycle, RXO and PAUSE pulses of the
// next one. In loopback the device's own stream arrives, delayed by one cycle, and the wire is not
// looked at; a frame keeps the source it began with.
//
// Known differences: a frame that the receiver ignores writes nothing (the C allocates and gives
// back, which nobody sees); behind the stored bytes of an accepted frame, inside the granules that
// it took, there may be bytes of its FCS. Not specified: frames of more than FrameMax + 64 bytes, a
// frame that begins before the one before it has its verdict, loopback switched with a frame on the
// wire.
module mac_rx (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         reset_i,  // CTRL.RST: to the reset state in this tick; a frame is ignored

  // pins
  input  logic         rx_ce_i,
  input  logic         rx_dv_i,
  input  logic         rx_er_i,
  input  logic [7:0]   rxd_i,

  // mac_tx: its stream while it sends in loopback
  input  logic         lb_en_i,
  input  logic         lb_ce_i,
  input  logic [7:0]   lb_d_i,
  input  logic         loopback_i,

  // from regs
  input  logic         en_i,     // RCTL.EN, and link or loopback
  input  logic [31:0]  rctl_i,
  input  logic [31:0]  ctrl_i,
  input  logic [31:0]  rxcsum_i,
  input  logic [15:0]  vet_i,
  input  logic [15:0]  fct_i,
  input  logic [31:0]  fcal_i,
  input  logic [15:0]  fcah_i,
  input  logic [511:0] ral_i,    // entry n in bits 32n+31:32n
  input  logic [511:0] rah_i,
  output logic [6:0]   mta_addr_o,
  input  logic [31:0]  mta_row_i,
  output logic [6:0]   vfta_addr_o,
  input  logic [31:0]  vfta_row_i,

  // packet buffer: a byte is written in this tick, words of stored bytes, the entry of the frame
  input  logic         rx_lost_i,
  output logic         rx_byte_o,
  output logic         rx_first_o,
  output logic         rx_we_o,
  output logic [11:0]  rx_word_o,  // in the frame
  output logic [63:0]  rx_wdata_o,
  output logic         rx_end_o,
  output logic         rx_accept_o,
  output logic [14:0]  rx_len_o,
  output logic [15:0]  rx_csum_o,
  output logic [15:0]  rx_vlan_o,
  output logic [7:0]   rx_status_o,
  output logic [7:0]   rx_errors_o,

  // stats: rx_valid_i, rx_len_i, rx_flags_i
  output logic         st_valid_o,
  output logic [14:0]  st_len_o,
  output logic [nic_pkg::STATS_W-1:0] st_flags_o,

  // irq, mac_tx
  output logic         rxo_o,
  output logic         pause_o,
  output logic [15:0]  pause_quanta_o,

  // phy: a frame with RX_ER has ended, whatever becomes of it here; not stopped by a reset
  output logic         rx_err_o,

  output logic         busy_o,     // a frame arrives or waits for its verdict

  // meters
  input  logic         ring_empty_i,
  output logic         fate_valid_o,
  output logic [2:0]   fate_o      // NIC_FATE_*
);

  localparam int unsigned TagAt  = nic_pkg::TypeAt;
  localparam int unsigned TagLen = nic_pkg::TagLen;

  // Bits of descriptor status and errors.
  localparam int unsigned StaVp  = nic_pkg::E1000_RXD_STAT_VP_LSB;
  localparam int unsigned StaPif = nic_pkg::E1000_RXD_STAT_PIF_LSB;
  localparam int unsigned ErrCe  = nic_pkg::E1000_RXD_ERR_CE_LSB;
  localparam int unsigned ErrRxe = nic_pkg::E1000_RXD_ERR_RXE_LSB;

  logic [10:0]  rxcsum_d, rxcsum_q; // rx_shape_t
  logic [15:0]  vet_d, vet_q;
  logic         vme_d, vme_q;
  logic         secrc_d, secrc_q;
  logic [14:0]  pos_d, pos_q;       // bytes that are stored, FCS included
  logic         strip_d, strip_q;   // the tag is cut out
  logic [63:0]  word_d, word_q;     // bytes of the word that is not full yet

  ////////////////////////
  // Bytes of the frame //
  ////////////////////////

  logic         start;      // f
  logic         byte_valid; // a byte of the frame
  logic [7:0]   value;
  logic [14:0]  len;        // bytes of the frame
  logic [143:0] head;
  logic         tail, sum;  // e+2, e+3
  logic         now;        // the verdict is passed in this tick
  logic         on, er, fcs_good;

  mac_rx_front u_front (
    .clk_i,
    .rst_ni,
    .reset_i,
    .rx_ce_i,
    .rx_dv_i,
    .rx_er_i,
    .rxd_i,
    .lb_en_i,
    .lb_ce_i,
    .lb_d_i,
    .loopback_i,
    .en_i,
    .start_o    (start),
    .valid_o    (byte_valid),
    .data_o     (value),
    .len_o      (len),
    .head_o     (head),
    .tail_o     (tail),
    .sum_o      (sum),
    .verdict_o  (now),
    .on_o       (on),
    .er_o       (er),
    .fcs_good_o (fcs_good),
    .rx_err_o,
    .busy_o
  );

  logic tag_now; // the last byte of a tag that is cut out
  logic full;    // a word is full

  assign tag_now = byte_valid && len == 15'(TagAt + TagLen - 1) && vme_q &&
                   {head[8*TagAt+:8], head[8*(TagAt+1)+:8]} == vet_q;
  assign full    = byte_valid && pos_q[2:0] == 3'd7 && !tag_now;

  always_comb begin
    pos_d    = pos_q;
    strip_d  = strip_q;
    word_d   = word_q;
    rxcsum_d = rxcsum_q;
    vet_d    = vet_q;
    vme_d    = vme_q;
    secrc_d  = secrc_q;
    if (byte_valid) begin
      word_d[8*pos_q[2:0]+:8] = value;
      if (tag_now) begin
        pos_d   = 15'(TagAt);
        strip_d = 1'b1;
      end else begin
        pos_d = pos_q + 15'd1;
      end
    end
    if (start) begin
      pos_d    = '0;
      strip_d  = 1'b0;
      rxcsum_d = rxcsum_i[10:0];
      vet_d    = vet_i;
      vme_d    = ctrl_i[nic_pkg::E1000_CTRL_VME_LSB];
      secrc_d  = rctl_i[nic_pkg::E1000_RCTL_SECRC_LSB];
    end
  end

  assign rx_byte_o  = byte_valid && on;
  assign rx_first_o = rx_byte_o && len == '0;
  assign rx_we_o    = on && (full || (tail && pos_q[2:0] != '0));
  assign rx_word_o  = pos_q[14:3];
  assign rx_wdata_o = full ? {value, word_q[55:0]} : word_q;

  ////////////////////////////////
  // What is known of the frame //
  ////////////////////////////////

  logic        pass, pif, is_bcast, is_mcast;
  logic        is_pause, unsupported, discard, force_store;
  logic [15:0] quanta;
  logic [7:0]  offload_status, offload_errors;
  logic        unused_udp;

  rx_filter u_filter (
    .head_i      (head[127:0]),
    .len_i       (len),
    .rctl_i,
    .vet_i,
    .ral_i,
    .rah_i,
    .mta_addr_o,
    .mta_row_i,
    .vfta_addr_o,
    .vfta_row_i,
    .pass_o      (pass),
    .pif_o       (pif),
    .is_bcast_o  (is_bcast),
    .is_mcast_o  (is_mcast)
  );

  mac_control u_control (
    .head_i        (head),
    .len_i         (len),
    .rfce_i        (ctrl_i[nic_pkg::E1000_CTRL_RFCE_LSB]),
    .dpf_i         (rctl_i[nic_pkg::E1000_RCTL_DPF_LSB]),
    .pmcf_i        (rctl_i[nic_pkg::E1000_RCTL_PMCF_LSB]),
    .fct_i,
    .fcal_i,
    .fcah_i,
    .ral0_i        (ral_i[31:0]),
    .rah0_i        (rah_i[31:0]),
    .is_pause_o    (is_pause),
    .unsupported_o (unsupported),
    .discard_o     (discard),
    .force_o       (force_store),
    .quanta_o      (quanta)
  );

  offload_rx u_offload (
    .clk_i,
    .rst_ni,
    .start_i  (start),
    .tail_i   (tail),
    .sum_i    (sum),
    .valid_i  (byte_valid),
    .index_i  (len),
    .data_i   (value),
    .strip_i  (strip_q),
    .sa_i     (head[95:64]),
    .rxcsum_i (rxcsum_q),
    .vet_i    (vet_q),
    .vme_i    (vme_q),
    .secrc_i  (secrc_q),
    .csum_o   (rx_csum_o),
    .status_o (offload_status),
    .errors_o (offload_errors),
    .udp_o    (unused_udp)
  );

  /////////////
  // Verdict //
  /////////////

  logic lpe;
  logic giant;
  logic unused_legal;
  logic [nic_pkg::STATS_W-1:0] flags;

  assign lpe      = rctl_i[nic_pkg::E1000_RCTL_LPE_LSB];
  assign giant    = len > (lpe ? 15'(nic_pkg::FrameMax) : 15'(nic_pkg::FrameMaxStd));
  assign rx_end_o = now && on;
  assign st_len_o = len;

  always_comb begin
    flags = '0;
    flags[nic_pkg::STATS_BCAST_LSB] = is_bcast;
    flags[nic_pkg::STATS_MCAST_LSB] = is_mcast;
    flags[nic_pkg::STATS_LPE_LSB]   = lpe;
  end

  mac_rx_verdict u_verdict (
    .clk_i,
    .rst_ni,
    .reset_i,
    .verdict_i     (now),
    .on_i          (on),
    .er_i          (er),
    .fcs_good_i    (fcs_good),
    .len_i         (len),
    .flags_i       (flags),
    .pass_i        (pass),
    .giant_i       (giant),
    .keep_bad_i    (rctl_i[nic_pkg::E1000_RCTL_SBP_LSB]),
    .is_pause_i    (is_pause),
    .unsupported_i (unsupported),
    .discard_i     (discard),
    .force_i       (force_store),
    .quanta_i      (quanta),
    .lost_i        (rx_lost_i),
    .ring_empty_i,
    .legal_o       (unused_legal),
    .accept_o      (rx_accept_o),
    .fate_valid_o,
    .fate_o,
    .st_valid_o,
    .st_flags_o,
    .rxo_o,
    .pause_o,
    .pause_quanta_o
  );

  always_comb begin
    rx_len_o = len;
    if (strip_q) rx_len_o = rx_len_o - 15'(TagLen);
    if (secrc_q && len > 15'(nic_pkg::FcsBytes)) rx_len_o = rx_len_o - 15'(nic_pkg::FcsBytes);
    rx_vlan_o = strip_q ? {head[8*(TagAt+2)+:8], head[8*(TagAt+3)+:8]} : '0;
    rx_status_o         = offload_status;
    rx_status_o[StaVp]  = strip_q;
    rx_status_o[StaPif] = pif;
    rx_errors_o         = offload_errors;
    rx_errors_o[ErrCe]  = !fcs_good;
    rx_errors_o[ErrRxe] = er;
  end

  logic unused_bits;
  assign unused_bits = ^{ctrl_i[31], ctrl_i[29:28], ctrl_i[26:0], rxcsum_i[31:11]};

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      rxcsum_q <= '0;
      vet_q    <= '0;
      vme_q    <= 1'b0;
      secrc_q  <= 1'b0;
      pos_q    <= '0;
      strip_q  <= 1'b0;
      word_q   <= '0;
    end else begin
      rxcsum_q <= rxcsum_d;
      vet_q    <= vet_d;
      vme_q    <= vme_d;
      secrc_q  <= secrc_d;
      pos_q    <= pos_d;
      strip_q  <= strip_d;
      word_q   <= word_d;
    end
  end

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      // What is written belongs to a frame that is being received.
      Write_A: assert (!rx_we_o || busy_o);
    end
  end
`endif

endmodule
