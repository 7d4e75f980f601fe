// SPDX-License-Identifier: Apache-2.0
// The receive side of the 82576's MAC: takes a frame from the wire byte by byte, writes it to the
// packet buffer with its tag, and passes the verdict: which queues get it, with RSS sum, packet
// type, header length and low latency mark. Twin of model/mac_rx_82576.c.
//
// Cycle contract: that of mac_rx. RXCSUM, VET, MRQC, RSSRK and RFCTL are taken in tick f for
// checksums, RSS sum and packet type; everything else, and VET for pools and tags, counts as it is
// visible in the tick of the verdict. Rows of tables are looked up in the same cycle.
// rx_extra_o are the fields of rx_frame_t (model/packet_buffer.h) that only the 82576 has, at
// nic_82576_pkg::RxExtra*.
//
// Known differences: those of mac_rx.
module mac_rx_82576 (
  input  logic          clk_i,
  input  logic          rst_ni,
  input  logic          reset_i,  // CTRL.RST: to the reset state in this tick; a frame is ignored

  // pins
  input  logic          rx_ce_i,
  input  logic          rx_dv_i,
  input  logic          rx_er_i,
  input  logic [7:0]    rxd_i,

  // mac_tx: its stream while it sends in loopback
  input  logic          lb_en_i,
  input  logic          lb_ce_i,
  input  logic [7:0]    lb_d_i,
  input  logic          loopback_i,

  // from regs; element n of an array in bits 32n+31:32n
  input  logic          en_i,         // RCTL.EN, and link or loopback
  input  logic [31:0]   rctl_i,
  input  logic [31:0]   ctrl_i,
  input  logic [31:0]   rxcsum_i,
  input  logic [13:0]   rlpml_i,
  input  logic [31:0]   rfctl_i,
  input  logic [15:0]   vet_i,        // VET 15:0
  input  logic [15:0]   fct_i,
  input  logic [31:0]   fcal_i,
  input  logic [15:0]   fcah_i,
  input  logic [767:0]  ral_i,
  input  logic [767:0]  rah_i,
  input  logic [31:0]   mrqc_i,
  input  logic [319:0]  rssrk_i,
  input  logic [31:0]   vt_ctl_i,
  input  logic [31:0]   rplolr_i,
  input  logic [7:0]    vfre_i,
  input  logic [1023:0] vlvf_i,
  input  logic [255:0]  vmolr_i,
  input  logic [255:0]  imir_i,
  input  logic [255:0]  imirext_i,
  input  logic [31:0]   imirvp_i,
  input  logic [31:0]   synqf_i,
  input  logic [255:0]  etqf_i,
  output logic [6:0]    hash_addr_o,  // of MTA and of UTA
  input  logic [31:0]   mta_row_i,
  input  logic [31:0]   uta_row_i,
  output logic [6:0]    vfta_addr_o,
  input  logic [31:0]   vfta_row_i,
  output logic [4:0]    reta_addr_o,
  input  logic [31:0]   reta_row_i,

  // packet buffer: a byte is written in this tick, words of stored bytes, the entry of the frame
  input  logic          rx_lost_i,
  output logic          rx_byte_o,
  output logic          rx_first_o,
  output logic          rx_we_o,
  output logic [11:0]   rx_word_o,  // in the frame
  output logic [63:0]   rx_wdata_o,
  output logic          rx_end_o,
  output logic          rx_accept_o,
  output logic [14:0]   rx_len_o,
  output logic [15:0]   rx_csum_o,
  output logic [15:0]   rx_vlan_o,
  output logic [7:0]    rx_status_o,
  output logic [7:0]    rx_errors_o,
  output logic [nic_82576_pkg::RxExtraW-1:0] rx_extra_o,

  // stats: rx_valid_i, rx_len_i, rx_flags_i
  output logic          st_valid_o,
  output logic [14:0]   st_len_o,
  output logic [nic_pkg::STATS_W-1:0] st_flags_o,

  // irq, mac_tx
  output logic          rxo_o,
  output logic          pause_o,
  output logic [15:0]   pause_quanta_o,

  // phy: a frame with RX_ER has ended, whatever becomes of it here; not stopped by a reset
  output logic          rx_err_o,

  output logic          busy_o,     // a frame arrives or waits for its verdict

  // meters
  input  logic          ring_empty_i,
  output logic          fate_valid_o,
  output logic [2:0]    fate_o      // NIC_FATE_*
);

  localparam int unsigned TagAt  = nic_pkg::TypeAt;
  localparam int unsigned TagLen = nic_pkg::TagLen;

  // Modes of MRQC.
  localparam logic [2:0] ModeVmdq    = 3'd3;
  localparam logic [2:0] ModeVmdqRss = 3'd5;

  // Bits of status and errors.
  localparam int unsigned StaIxsm  = nic_pkg::E1000_RXD_STAT_IXSM_LSB;
  localparam int unsigned StaVp    = nic_pkg::E1000_RXD_STAT_VP_LSB;
  localparam int unsigned StaUdpcs = 4; // MAC_RX_STAT_UDPCS of model/mac_rx_82576.h
  localparam int unsigned StaPif   = nic_pkg::E1000_RXD_STAT_PIF_LSB;
  localparam int unsigned ErrCe    = nic_pkg::E1000_RXD_ERR_CE_LSB;
  localparam int unsigned ErrRxe   = nic_pkg::E1000_RXD_ERR_RXE_LSB;

  logic [9:0]  rxcsum_d, rxcsum_q; // rx_shape_t
  logic [15:0] vet_d, vet_q;
  logic        tag_d, tag_q;       // checksums: there is a tag
  logic [55:0] word_d, word_q;     // bytes of the word that is not full yet

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

  logic full; // a word is full

  assign full = byte_valid && len[2:0] == 3'd7;

  always_comb begin
    word_d   = word_q;
    tag_d    = tag_q;
    rxcsum_d = rxcsum_q;
    vet_d    = vet_q;
    if (byte_valid && !full) word_d[8*len[2:0]+:8] = value;
    if (byte_valid && len == 15'(TagAt + TagLen - 1)) begin
      tag_d = {head[8*TagAt+:8], head[8*(TagAt+1)+:8]} == vet_q;
    end
    if (start) begin
      tag_d    = 1'b0;
      rxcsum_d = rxcsum_i[9:0];
      vet_d    = vet_i;
    end
  end

  assign rx_byte_o  = byte_valid && on;
  assign rx_first_o = rx_byte_o && len == '0;
  assign rx_we_o    = on && (full || (tail && len[2:0] != '0));
  assign rx_word_o  = len[14:3];
  assign rx_wdata_o = {value, word_q};

  ////////////////////////////////
  // What is known of the frame //
  ////////////////////////////////

  logic [31:0] hash;
  logic [3:0]  rss_type;
  logic [12:0] packet;       // of rss
  logic [12:0] packet_type;  // of the descriptor
  logic [15:0] ethertype, dport;
  logic [5:0]  tcp_flags;
  logic [2:0]  tag_priority;
  logic [14:0] hdr_len;
  logic [3:0]  entry;
  logic        lli;
  logic        is_pause, unsupported, discard, force_store;
  logic [15:0] quanta;
  logic [7:0]  offload_status, offload_errors;
  logic        udp;

  rss u_rss (
    .clk_i,
    .rst_ni,
    .start_i     (start),
    .valid_i     (byte_valid),
    .index_i     (len),
    .data_i      (value),
    .key_i       (rssrk_i),
    .mrqc_i,
    .vet_i,
    .ex_dis_i    (rfctl_i[nic_82576_pkg::IGB_RFCTL_IPV6_EX_DIS_LSB]),
    .hash_o      (hash),
    .type_o      (rss_type),
    .packet_o    (packet),
    .ethertype_o (ethertype),
    .dport_o     (dport),
    .tcp_flags_o (tcp_flags),
    .priority_o  (tag_priority),
    .hdr_len_o   (hdr_len),
    .reta_addr_o,
    .reta_row_i,
    .entry_o     (entry)
  );

  // Checksums are over the frame without tag and FCS, whatever is taken off; IPv6 has no enable.
  offload_rx u_offload (
    .clk_i,
    .rst_ni,
    .start_i  (start),
    .tail_i   (tail),
    .sum_i    (sum),
    .valid_i  (byte_valid),
    .index_i  (len),
    .data_i   (value),
    .strip_i  (tag_q),
    .sa_i     (head[95:64]),
    .rxcsum_i ({1'b1, rxcsum_q}),
    .vet_i    (vet_q),
    .vme_i    (1'b1),
    .secrc_i  (1'b1),
    .csum_o   (rx_csum_o),
    .status_o (offload_status),
    .errors_o (offload_errors),
    .udp_o    (udp)
  );

  mac_control u_control (
    .head_i        (head),
    .len_i         (len),
    .rfce_i        (ctrl_i[nic_82576_pkg::IGB_CTRL_RFCE_LSB]),
    .dpf_i         (rctl_i[nic_82576_pkg::IGB_RCTL_DPF_LSB]),
    .pmcf_i        (rctl_i[nic_82576_pkg::IGB_RCTL_PMCF_LSB]),
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

  ////////////
  // Queues //
  ////////////

  logic [15:0] pool_queues;
  logic [14:0] pool_stored;
  logic        several, strip_tag, pool_strip_fcs;
  logic        is_bcast, is_mcast, has_tag, pif;
  logic        too_long;
  logic        unused_exact, unused_vlan_drop, unused_spoof_mac, unused_spoof_vlan, unused_to_wire;

  pool_filter u_pool_filter (
    .head_i       (head[127:0]),
    .len_i        (len),
    .from_pool_i  (1'b0),
    .pool_i       ('0),
    .entry_i      (entry),
    .rctl_i,
    .vme_i        (ctrl_i[nic_82576_pkg::IGB_CTRL_VME_LSB]),
    .vet_i,
    .mrqc_i,
    .vt_ctl_i,
    .dtxswc_i     ('0),
    .rplolr_i,
    .vfre_i,
    .ral_i,
    .rah_i,
    .vlvf_i,
    .vmolr_i,
    .hash_addr_o,
    .mta_row_i,
    .uta_row_i,
    .vfta_addr_o,
    .vfta_row_i,
    .queues_o     (pool_queues),
    .stored_o     (pool_stored),
    .several_o    (several),
    .strip_tag_o  (strip_tag),
    .strip_fcs_o  (pool_strip_fcs),
    .exact_o      (unused_exact),
    .is_bcast_o   (is_bcast),
    .is_mcast_o   (is_mcast),
    .tagged_o     (has_tag),
    .pif_o        (pif),
    .vlan_drop_o  (unused_vlan_drop),
    .too_long_o   (too_long),
    .spoof_mac_o  (unused_spoof_mac),
    .spoof_vlan_o (unused_spoof_vlan),
    .to_wire_o    (unused_to_wire)
  );

  logic [2:0]  mode;
  logic        vmdq;
  logic [2:0]  def_pl, def_q;
  logic        any;       // a queue gets it; if it is stored without, PMCF alone lets it pass
  logic [15:0] queues;
  logic [14:0] stored;    // bytes that a queue gets
  logic        strip_fcs;

  assign mode   = mrqc_i[nic_82576_pkg::IGB_MRQC_MODE_LSB+:nic_82576_pkg::IGB_MRQC_MODE_W];
  assign vmdq   = mode == ModeVmdq || mode == ModeVmdqRss;
  assign def_pl = vt_ctl_i[nic_82576_pkg::IGB_VT_CTL_DEF_PL_LSB+:
                           nic_82576_pkg::IGB_VT_CTL_DEF_PL_W];
  assign def_q  = mrqc_i[nic_82576_pkg::IGB_MRQC_DEF_Q_LSB+:nic_82576_pkg::IGB_MRQC_DEF_Q_W];
  assign any    = pool_queues != '0;

  always_comb begin
    queues    = pool_queues;
    strip_fcs = pool_strip_fcs;
    stored    = pool_stored;
    if (!any) begin
      queues[{1'b0, vmdq ? def_pl : def_q}] = 1'b1;
      strip_fcs = rctl_i[nic_82576_pkg::IGB_RCTL_SECRC_LSB];
      stored    = strip_fcs ? len - 15'(nic_pkg::FcsBytes) : len;
    end
  end

  lli_filter u_lli_filter (
    .packet_i    (packet),
    .ethertype_i (ethertype),
    .dport_i     (dport),
    .tcp_flags_i (tcp_flags),
    .priority_i  (tag_priority),
    .stored_i    (stored),
    .imir_i,
    .imirext_i,
    .imirvp_i,
    .synqf_i,
    .etqf_i,
    .lli_o       (lli),
    .packet_o    (packet_type)
  );

  /////////////
  // Verdict //
  /////////////

  logic [14:0] longest; // that the MAC takes
  logic        giant;
  logic        legal;
  logic [nic_pkg::STATS_W-1:0] flags;

  always_comb begin
    longest = 15'(nic_pkg::FrameMaxStd);
    if (rctl_i[nic_82576_pkg::IGB_RCTL_LPE_LSB]) longest = 15'(rlpml_i);
    if (vmdq || longest > 15'(nic_82576_pkg::FrameMax)) longest = 15'(nic_82576_pkg::FrameMax);
  end

  assign giant    = too_long || len > longest;
  assign rx_end_o = now && on;
  assign st_len_o = len;

  always_comb begin
    flags = '0;
    flags[nic_pkg::STATS_BCAST_LSB]    = is_bcast;
    flags[nic_pkg::STATS_MCAST_LSB]    = is_mcast;
    flags[nic_pkg::STATS_LPE_LSB]      = 1'b1;
    flags[nic_pkg::STATS_TOO_LONG_LSB] = giant;
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
    .pass_i        (any || too_long),
    .giant_i       (giant),
    .keep_bad_i    (rctl_i[nic_82576_pkg::IGB_RCTL_SBP_LSB] && any),
    .is_pause_i    (is_pause),
    .unsupported_i (unsupported),
    .discard_i     (discard),
    .force_i       (force_store),
    .quanta_i      (quanta),
    .lost_i        (rx_lost_i),
    .ring_empty_i,
    .legal_o       (legal),
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
    rx_len_o  = strip_fcs ? len - 15'(nic_pkg::FcsBytes) : len;
    rx_vlan_o = strip_tag ? {head[8*(TagAt+2)+:8], head[8*(TagAt+3)+:8]} : '0;
    rx_status_o           = offload_status;
    rx_status_o[StaIxsm]  = 1'b0;
    rx_status_o[StaVp]    = strip_tag;
    rx_status_o[StaUdpcs] = udp;
    rx_status_o[StaPif]   = pif;
    rx_errors_o           = offload_errors;
    rx_errors_o[ErrCe]    = !fcs_good;
    rx_errors_o[ErrRxe]   = er;
  end

  always_comb begin
    rx_extra_o = '0;
    rx_extra_o[nic_82576_pkg::RxExtraQueues+:16] = queues;
    rx_extra_o[nic_82576_pkg::RxExtraHash+:32]   = hash;
    rx_extra_o[nic_82576_pkg::RxExtraType+:4]    = rss_type;
    rx_extra_o[nic_82576_pkg::RxExtraPacket+:13] = packet_type;
    rx_extra_o[nic_82576_pkg::RxExtraHdrLen+:15] = hdr_len;
    rx_extra_o[nic_82576_pkg::RxExtraSeveral]    = several;
    rx_extra_o[nic_82576_pkg::RxExtraStripTag]   = strip_tag;
    rx_extra_o[nic_82576_pkg::RxExtraStripFcs]   = strip_fcs;
    rx_extra_o[nic_82576_pkg::RxExtraTagged]     = has_tag;
    rx_extra_o[nic_82576_pkg::RxExtraLli]        = lli && legal;
    rx_extra_o[nic_82576_pkg::RxExtraMcast]      = is_mcast;
  end

  logic unused_bits;
  assign unused_bits = ^{ctrl_i[31], ctrl_i[29:28], ctrl_i[26:0], rxcsum_i[31:10], rfctl_i[31:17],
                         rfctl_i[15:0]};

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      rxcsum_q <= '0;
      vet_q    <= '0;
      tag_q    <= 1'b0;
      word_q   <= '0;
    end else begin
      rxcsum_q <= rxcsum_d;
      vet_q    <= vet_d;
      tag_q    <= tag_d;
      word_q   <= word_d;
    end
  end

endmodule
