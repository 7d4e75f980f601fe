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

  localparam int unsigned TagAt    = nic_pkg::TypeAt;
  localparam int unsigned TagLen   = nic_pkg::TagLen;
  localparam int unsigned HeadLen  = 18; // up to the quanta of a PAUSE
  localparam int unsigned PreW     = $clog2(nic_pkg::PreambleBytes + 1);
  localparam int unsigned CntW     = $clog2(nic_pkg::RxVerdictCyc + 1);

  // Bits of descriptor status and errors.
  localparam int unsigned StaVp  = nic_pkg::E1000_RXD_STAT_VP_LSB;
  localparam int unsigned StaPif = nic_pkg::E1000_RXD_STAT_PIF_LSB;
  localparam int unsigned ErrCe  = nic_pkg::E1000_RXD_ERR_CE_LSB;
  localparam int unsigned ErrRxe = nic_pkg::E1000_RXD_ERR_RXE_LSB;

  typedef enum logic [2:0] {
    FateAccepted  = 3'(nic_pkg::NIC_FATE_ACCEPTED),
    FateBadFcs    = 3'(nic_pkg::NIC_FATE_BAD_FCS),
    FateUndersize = 3'(nic_pkg::NIC_FATE_UNDERSIZE),
    FateOversize  = 3'(nic_pkg::NIC_FATE_OVERSIZE),
    FateFiltered  = 3'(nic_pkg::NIC_FATE_FILTERED),
    FateFifo      = 3'(nic_pkg::NIC_FATE_FIFO),
    FateNoDesc    = 3'(nic_pkg::NIC_FATE_NO_DESC)
  } fate_e;

  typedef enum logic [1:0] {RxIdle, RxArrives, RxVerdict} state_e;

  state_e         state_d, state_q;
  logic           lb_en_q, lb_ce_q;   // the device's own stream, a cycle late
  logic [7:0]     lb_d_q;
  logic           dv_q, lb_dv_q;      // carrier of wire and own stream in the cycle before
  logic           own_d, own_q;       // the frame is the device's own
  logic           in_valid_d, in_valid_q; // input flops
  logic [7:0]     in_d, in_q;
  logic           er_d, er_q;
  logic           on_d, on_q;         // the receiver was on in f
  logic [10:0]    rxcsum_d, rxcsum_q; // rx_shape_t
  logic [15:0]    vet_d, vet_q;
  logic           vme_d, vme_q;
  logic           secrc_d, secrc_q;
  logic [PreW-1:0] pre_d, pre_q;      // preamble bytes
  logic [14:0]    len_d, len_q;       // bytes of the frame
  logic [14:0]    pos_d, pos_q;       // of them stored, FCS included
  logic [31:0]    crc_d, crc_q;
  logic [8*HeadLen-1:0] head_d, head_q; // the first bytes, the first in bits 7:0
  logic           strip_d, strip_q;   // the tag is cut out
  logic [63:0]    word_d, word_q;     // bytes of the word that is not full yet
  logic [CntW-1:0] cnt_d, cnt_q;      // to the verdict: 1 = in this tick
  logic           rxo_d, rxo_q;
  logic           rx_err_d, rx_err_q;
  logic           pause_d, pause_q;
  logic [15:0]    quanta_d, quanta_q;

  //////////////////
  // Input stream //
  //////////////////

  logic start, start_wire, start_own; // f
  logic own;
  logic dv, ce, er;
  logic [7:0] data;
  logic byte_valid; // a byte of the frame is in the input flops

  // A frame begins where the carrier rises: one that began while the wire was cut off is not seen.
  assign start_wire = state_q == RxIdle && rx_dv_i && !dv_q && !loopback_i;
  assign start_own  = state_q == RxIdle && lb_en_q && !lb_dv_q && !start_wire;
  assign start      = start_wire || start_own;
  assign own        = start ? start_own : own_q;
  assign dv         = own ? lb_en_q : rx_dv_i;
  assign ce         = own ? lb_ce_q : rx_ce_i;
  assign er         = !own && rx_er_i;
  assign data       = own ? lb_d_q : rxd_i;
  assign byte_valid = in_valid_q && pre_q == PreW'(nic_pkg::PreambleBytes);

  always_comb begin
    own_d      = own;
    in_valid_d = (start || state_q == RxArrives) && dv && ce;
    in_d       = data;
    er_d       = (er_q && !start) || (in_valid_d && er);
    on_d       = (start ? en_i : on_q) && !reset_i;
    rxcsum_d   = rxcsum_q;
    vet_d      = vet_q;
    vme_d      = vme_q;
    secrc_d    = secrc_q;
    if (start) begin
      rxcsum_d = rxcsum_i[10:0];
      vet_d    = vet_i;
      vme_d    = ctrl_i[nic_pkg::E1000_CTRL_VME_LSB];
      secrc_d  = rctl_i[nic_pkg::E1000_RCTL_SECRC_LSB];
    end
  end

  ////////////////////////
  // Bytes of the frame //
  ////////////////////////

  logic tag_now;  // the last byte of a tag that is cut out
  logic full;     // a word is full
  logic tail;     // e+2: all bytes are in
  logic sum;      // e+3

  // CRC-32 of one byte more.
  function automatic logic [31:0] crc_byte(input logic [31:0] crc, input logic [7:0] value);
    logic [31:0] c;
    c = crc ^ {24'b0, value};
    for (int unsigned n = 0; n < 8; n++) begin
      c = c[0] ? {1'b0, c[31:1]} ^ nic_pkg::CrcPoly : {1'b0, c[31:1]};
    end
    crc_byte = c;
  endfunction

  assign tag_now = byte_valid && len_q == 15'(TagAt + TagLen - 1) && vme_q &&
                   {head_q[8*TagAt+:8], head_q[8*(TagAt+1)+:8]} == vet_q;
  assign full    = byte_valid && pos_q[2:0] == 3'd7 && !tag_now;
  assign tail    = state_q == RxVerdict && cnt_q == CntW'(nic_pkg::RxVerdictCyc - 1);
  assign sum     = state_q == RxVerdict && cnt_q == CntW'(nic_pkg::RxVerdictCyc - 2);

  always_comb begin
    pre_d   = pre_q;
    len_d   = len_q;
    pos_d   = pos_q;
    crc_d   = crc_q;
    head_d  = head_q;
    strip_d = strip_q;
    word_d  = word_q;
    if (in_valid_q && !byte_valid) pre_d = pre_q + PreW'(1);
    if (byte_valid) begin
      len_d = (len_q == '1) ? len_q : len_q + 15'd1;
      crc_d = crc_byte(crc_q, in_q);
      if (len_q < 15'(HeadLen)) head_d[8*len_q[4:0]+:8] = in_q;
      word_d[8*pos_q[2:0]+:8] = in_q;
      if (tag_now) begin
        pos_d   = 15'(TagAt);
        strip_d = 1'b1;
      end else begin
        pos_d = pos_q + 15'd1;
      end
    end
    if (start) begin
      pre_d   = '0;
      len_d   = '0;
      pos_d   = '0;
      crc_d   = '1;
      strip_d = 1'b0;
    end
  end

  assign rx_byte_o  = byte_valid && on_q;
  assign rx_first_o = rx_byte_o && len_q == '0;
  assign rx_we_o    = on_q && (full || (tail && pos_q[2:0] != '0));
  assign rx_word_o  = pos_q[14:3];
  assign rx_wdata_o = full ? {in_q, word_q[55:0]} : word_q;

  ////////////////////////////////
  // What is known of the frame //
  ////////////////////////////////

  logic        pass, pif, is_bcast, is_mcast;
  logic        is_pause, unsupported, discard, force_store;
  logic [15:0] quanta;
  logic [7:0]  offload_status, offload_errors;

  rx_filter u_filter (
    .head_i        (head_q),
    .len_i         (len_q),
    .rctl_i        (rctl_i),
    .rfce_i        (ctrl_i[nic_pkg::E1000_CTRL_RFCE_LSB]),
    .vet_i         (vet_i),
    .fct_i         (fct_i),
    .fcal_i        (fcal_i),
    .fcah_i        (fcah_i),
    .ral_i         (ral_i),
    .rah_i         (rah_i),
    .mta_addr_o    (mta_addr_o),
    .mta_row_i     (mta_row_i),
    .vfta_addr_o   (vfta_addr_o),
    .vfta_row_i    (vfta_row_i),
    .pass_o        (pass),
    .pif_o         (pif),
    .is_bcast_o    (is_bcast),
    .is_mcast_o    (is_mcast),
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
    .index_i  (len_q),
    .data_i   (in_q),
    .strip_i  (strip_q),
    .sa_i     (head_q[95:64]),
    .rxcsum_i (rxcsum_q),
    .vet_i    (vet_q),
    .vme_i    (vme_q),
    .secrc_i  (secrc_q),
    .csum_o   (rx_csum_o),
    .status_o (offload_status),
    .errors_o (offload_errors)
  );

  /////////////
  // Verdict //
  /////////////

  logic        now;       // the verdict is passed in this tick
  logic        lpe;
  logic        fcs_good;
  logic        bad, runt, giant, legal;
  logic        pause;
  logic        wanted;    // by the filters
  logic        heard;     // flow control took it
  logic        stored;    // wanted, and good enough
  logic        missed;
  fate_e       fault;     // of a frame that is not good enough
  fate_e       fate;

  assign now      = state_q == RxVerdict && cnt_q == CntW'(1);
  assign lpe      = rctl_i[nic_pkg::E1000_RCTL_LPE_LSB];
  assign fcs_good = crc_q == nic_pkg::CrcResidue && len_q > 15'(nic_pkg::FcsBytes);
  assign bad      = !fcs_good || er_q;
  assign runt     = len_q < 15'(nic_pkg::FrameMin);
  assign giant    = len_q > (lpe ? 15'(nic_pkg::FrameMax) : 15'(nic_pkg::FrameMaxStd));
  assign legal    = !bad && !runt && !giant;
  assign pause    = legal && is_pause;
  assign wanted   = legal ? (pass && !discard) || force_store : pass;
  assign heard    = legal && (is_pause || unsupported);
  assign stored   = wanted && (legal || rctl_i[nic_pkg::E1000_RCTL_SBP_LSB]);
  assign missed   = stored && rx_lost_i;
  assign fault    = runt ? FateUndersize : giant ? FateOversize : FateBadFcs;

  always_comb begin
    if (reset_i || !on_q)          fate = FateFiltered;
    else if (!legal && !stored)    fate = fault; // whatever the filters say
    else if (!wanted)              fate = FateFiltered;
    else if (missed)               fate = ring_empty_i ? FateNoDesc : FateFifo;
    else                           fate = FateAccepted;
  end

  assign fate_valid_o = now;
  assign fate_o       = fate;
  assign rx_end_o     = now && on_q;
  assign rx_accept_o  = now && fate == FateAccepted;

  always_comb begin
    rx_len_o = len_q;
    if (strip_q) rx_len_o = rx_len_o - 15'(TagLen);
    if (secrc_q && len_q > 15'(nic_pkg::FcsBytes)) rx_len_o = rx_len_o - 15'(nic_pkg::FcsBytes);
    rx_vlan_o = strip_q ? {head_q[8*(TagAt+2)+:8], head_q[8*(TagAt+3)+:8]} : '0;
    rx_status_o         = offload_status;
    rx_status_o[StaVp]  = strip_q;
    rx_status_o[StaPif] = pif;
    rx_errors_o         = offload_errors;
    rx_errors_o[ErrCe]  = !fcs_good;
    rx_errors_o[ErrRxe] = er_q;
  end

  assign st_valid_o = now && on_q && !reset_i && (wanted || heard);
  assign st_len_o   = len_q;

  always_comb begin
    st_flags_o = '0;
    st_flags_o[nic_pkg::STATS_BCAST_LSB]       = is_bcast;
    st_flags_o[nic_pkg::STATS_MCAST_LSB]       = is_mcast;
    st_flags_o[nic_pkg::STATS_XON_LSB]         = pause && quanta == '0;
    st_flags_o[nic_pkg::STATS_XOFF_LSB]        = pause && quanta != '0;
    st_flags_o[nic_pkg::STATS_LPE_LSB]         = lpe;
    st_flags_o[nic_pkg::STATS_UNSUPPORTED_LSB] = legal && unsupported;
    st_flags_o[nic_pkg::STATS_CRC_ERR_LSB]     = !fcs_good;
    st_flags_o[nic_pkg::STATS_RX_ERR_LSB]      = er_q;
    st_flags_o[nic_pkg::STATS_MISSED_LSB]      = missed;
    st_flags_o[nic_pkg::STATS_DISCARDED_LSB]   = !wanted;
  end

  ////////////////
  // Next state //
  ////////////////

  always_comb begin
    state_d  = state_q;
    cnt_d    = cnt_q;
    rxo_d    = now && on_q && missed && !reset_i;
    rx_err_d = now && er_q;
    pause_d  = now && on_q && pause && !reset_i;
    quanta_d = pause_d ? quanta : quanta_q;
    case (state_q)
      RxIdle: begin
        if (start) state_d = RxArrives;
      end
      RxArrives: begin
        if (!dv) begin // e+1; a preamble alone is nothing
          state_d = (len_q != '0 || byte_valid) ? RxVerdict : RxIdle;
          cnt_d   = CntW'(nic_pkg::RxVerdictCyc - 1);
        end
      end
      default: begin
        cnt_d = cnt_q - CntW'(1);
        if (now) state_d = RxIdle;
      end
    endcase
  end

  assign rxo_o          = rxo_q;
  assign rx_err_o       = rx_err_q;
  assign pause_o        = pause_q;
  assign pause_quanta_o = quanta_q;
  assign busy_o         = state_q != RxIdle || lb_en_q || lb_en_i;

  logic unused_bits;
  assign unused_bits = ^{ctrl_i[31], ctrl_i[29:28], ctrl_i[26:0], rxcsum_i[31:11]};

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q    <= RxIdle;
      lb_en_q    <= 1'b0;
      lb_ce_q    <= 1'b0;
      lb_d_q     <= '0;
      dv_q       <= 1'b0;
      lb_dv_q    <= 1'b0;
      own_q      <= 1'b0;
      in_valid_q <= 1'b0;
      in_q       <= '0;
      er_q       <= 1'b0;
      on_q       <= 1'b0;
      rxcsum_q   <= '0;
      vet_q      <= '0;
      vme_q      <= 1'b0;
      secrc_q    <= 1'b0;
      pre_q      <= '0;
      len_q      <= '0;
      pos_q      <= '0;
      crc_q      <= '0;
      head_q     <= '0;
      strip_q    <= 1'b0;
      word_q     <= '0;
      cnt_q      <= '0;
      rxo_q      <= 1'b0;
      rx_err_q   <= 1'b0;
      pause_q    <= 1'b0;
      quanta_q   <= '0;
    end else begin
      state_q    <= state_d;
      lb_en_q    <= lb_en_i;
      lb_ce_q    <= lb_ce_i;
      lb_d_q     <= lb_d_i;
      dv_q       <= rx_dv_i;
      lb_dv_q    <= lb_en_q;
      own_q      <= own_d;
      in_valid_q <= in_valid_d;
      in_q       <= in_d;
      er_q       <= er_d;
      on_q       <= on_d;
      rxcsum_q   <= rxcsum_d;
      vet_q      <= vet_d;
      vme_q      <= vme_d;
      secrc_q    <= secrc_d;
      pre_q      <= pre_d;
      len_q      <= len_d;
      pos_q      <= pos_d;
      crc_q      <= crc_d;
      head_q     <= head_d;
      strip_q    <= strip_d;
      word_q     <= word_d;
      cnt_q      <= cnt_d;
      rxo_q      <= rxo_d;
      rx_err_q   <= rx_err_d;
      pause_q    <= pause_d;
      quanta_q   <= quanta_d;
    end
  end

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  initial Cyc_A: assert (nic_pkg::RxVerdictCyc >= 4); // tail, sum, and the verdict behind them
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      // What is written belongs to a frame that is being received.
      Write_A: assert (!rx_we_o || state_q != RxIdle);
    end
  end
`endif

endmodule
