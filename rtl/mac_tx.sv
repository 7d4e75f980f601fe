// SPDX-License-Identifier: Apache-2.0
// The transmit side of the MAC: puts frames from the packet buffer on the wire, keeps the
// inter-packet gap, obeys received PAUSE and sends its own. Twin of model/mac_tx.c.
//
// Cycle contract: a frame visible in cycle c, with the wire free, starts in tick c: tx_en and
// the first preamble byte are on the pins in c+1. The last byte is on the pins in cycle e; tick
// e counts it and gives its granules back. The next frame may be on the pins in e + (1 + gap) *
// stride. PAUSE frames go first. A frame that has started is finished even when reset or PAUSE
// comes; one that reset_i finds is an orphan until tick e.
//
// The packet buffer holds the frame as it came from the host. On its way to the wire two checksums
// may be put over it (f_ip, f_tu; the latter last), the VLAN tag goes in at byte 12, zeros fill
// it up to f_len_i bytes, and the FCS follows. Its first word is needed in tick c + 8 strides, a
// further one every 8 strides. Reads are asked for from c+1 on, up to two words ahead; tx_rready_i
// may be 0 in two cycles out of three, no more.
//
// Differences in form: the C holds the end of PAUSE and the next start as cycles. Here they are
// down counters: in cycle n, paused_cnt_q is that cycle - n, ready_cnt_q is it - n + 1 (1: in
// this tick).
// Known differences: none at the outputs.
module mac_tx #(
  parameter logic [15:0] TctlId = 16'(nic_pkg::E1000_R_TCTL) // number of TCTL on the register bus
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        reset_i, // CTRL.RST: to the reset state in this tick

  // from regs
  input  logic        link_i,     // STATUS.LU or loopback
  input  logic        loopback_i,
  input  logic        tx_en_i,    // TCTL.EN: frames are counted
  input  logic [1:0]  speed_i,    // 0 10, 1 100, 2 1000 Mb/s
  input  logic        tfce_i,     // CTRL.TFCE
  input  logic [31:0] fcrth_i,
  input  logic [31:0] fcrtl_i,
  input  logic [15:0] fcttv_i,
  input  logic [15:0] fct_i,
  input  logic [31:0] tipg_i,
  input  logic [15:0] ait_i,
  input  logic [47:0] mac_i,      // station address; first byte on the wire in bits 7:0

  // register bus
  input  logic        csr_valid_i,
  input  logic        csr_write_i,
  input  logic [15:0] csr_id_i,
  input  logic [31:0] csr_wdata_i,

  // mac_rx, packet buffer: flow control
  input  logic [12:0] rx_used_i,  // granules of the receive region
  input  logic        pause_i,    // a PAUSE has come
  input  logic [15:0] pause_quanta_i,
  input  logic        overflow_i, // a frame was lost

  // list of frames
  input  logic [9:0]  frames_i,    // listed (free running)
  output logic [9:0]  sent_o,      // taken (free running)
  output logic [12:0] freed_o,     // granules given back (free running)
  output logic [9:0]  ended_o,     // taken, and their last byte is out (free running)
  input  logic [11:0] f_start_i,   // entry sent_o: granule in the transmit region
  input  logic [14:0] f_len_i,     // bytes on the wire, without an FCS that is added here
  input  logic [14:0] f_raw_len_i, // bytes in the packet buffer
  input  logic [10:0] f_granules_i,
  input  logic        f_add_fcs_i,
  input  logic        f_tag_en_i,
  input  logic [15:0] f_tag_i,
  input  logic [15:0] f_vet_i,
  input  logic        f_ip_en_i,
  input  logic [7:0]  f_ip_off_i,  // of the bytes in the packet buffer
  input  logic [15:0] f_ip_val_i,
  input  logic        f_tu_en_i,
  input  logic [7:0]  f_tu_off_i,
  input  logic [15:0] f_tu_val_i,

  // packet buffer
  input  logic [12:0] tx_base_i,   // first word of the transmit region
  input  logic [12:0] tx_cap_i,    // its granules
  output logic        tx_re_o,
  output logic [12:0] tx_raddr_o,  // 64-bit word
  input  logic        tx_rready_i, // taken in this tick
  input  logic [63:0] tx_rdata_i,  // one cycle later

  // pins, and the same for mac_rx in loopback
  output logic        tx_en_o,
  output logic        tx_ce_o,
  output logic [7:0]  txd_o,
  output logic        lb_en_o,
  output logic        lb_ce_o,
  output logic [7:0]  lb_d_o,

  // state
  output logic        txoff_o,  // PAUSE in force
  output logic        busy_o,   // a frame is on the wire
  output logic        orphan_o, // it is of the time before the reset
  output logic        want_o,   // a PAUSE frame is to be sent

  // to stats, in the tick that ends a frame: bits STATS_*
  output logic        st_valid_o,
  output logic [14:0] st_len_o,
  output logic [nic_pkg::STATS_W-1:0] st_flags_o
);

  localparam int unsigned GapW = 24;   // FrameMax and the longest gap on the slowest link
  localparam int unsigned PauseW = 29; // FFFFh quanta on the slowest link
  localparam logic [6:0] Stride10 = 7'(nic_pkg::Stride10);
  localparam logic [6:0] Stride100 = 7'(nic_pkg::Stride100);
  localparam logic [6:0] Stride1000 = 7'(nic_pkg::Stride1000);
  localparam logic [14:0] TagAt = 15'(nic_pkg::TypeAt);
  localparam logic [14:0] TagEnd = 15'(nic_pkg::TypeAt + nic_pkg::TagLen);
  localparam logic [14:0] PauseLen = 15'(nic_pkg::FrameMin - nic_pkg::FcsBytes);
  localparam int unsigned WordsPerGranule = nic_pkg::GranuleBytes / nic_pkg::BeatBytes;

  typedef enum logic [1:0] {TxPreamble, TxData, TxFcs} state_e;

  // the line
  logic              busy_d, busy_q;     // a frame is on the wire
  logic              loop_d, loop_q;     // it goes to the receiver, not to the pins
  logic              orphan_d, orphan_q;
  logic              ce_d, ce_q;         // a new byte in this cycle
  logic [7:0]        byte_d, byte_q;
  logic              last_d, last_q;     // it is the last one
  logic [6:0]        stride_d, stride_q; // cycles a byte takes
  logic [6:0]        phase_d, phase_q;   // cycles behind this one that the present byte takes
  logic [GapW-1:0]   ready_cnt_d, ready_cnt_q;   // ticks to the next start
  logic [PauseW-1:0] paused_cnt_d, paused_cnt_q; // ticks without data frames
  // the frame
  state_e            state_d, state_q;
  logic [2:0]        step_d, step_q;     // bytes of preamble, FCS still to come
  logic [14:0]       at_d, at_q;         // bytes of the frame that were on the wire, with FCS
  logic [14:0]       raw_d, raw_q;       // those of them that were from the packet buffer
  logic [31:0]       crc_d, crc_q;
  logic              ones_d, ones_q;     // FFh in the first six
  logic              group_d, group_q;   // bit 0 of the first
  logic [14:0]       len_d, len_q;
  logic [14:0]       raw_len_d, raw_len_q;
  logic [10:0]       granules_d, granules_q;
  logic              add_fcs_d, add_fcs_q;
  logic              tag_en_d, tag_en_q;
  logic              ip_en_d, ip_en_q;
  logic              tu_en_d, tu_en_q;
  logic [15:0]       tag_d, tag_q;
  logic [15:0]       vet_d, vet_q;
  logic [15:0]       ip_val_d, ip_val_q;
  logic [15:0]       tu_val_d, tu_val_q;
  logic [7:0]        ip_off_d, ip_off_q;
  logic [7:0]        tu_off_d, tu_off_q;
  logic              pause_d, pause_q;   // it is one of flow control, with
  logic [47:0]       mac_d, mac_q;
  logic [15:0]       type_d, type_q;
  logic [15:0]       quanta_d, quanta_q;
  // its words
  logic [12:0]       raddr_d, raddr_q;   // the next one to read
  logic [12:0]       base_d, base_q; // first and last of the region
  logic [12:0]       end_d, end_q;
  logic [11:0]       words_d, words_q;   // still to read
  logic              read_d, read_q;     // one comes in this cycle
  logic [1:0]        count_d, count_q;   // that are here
  logic [63:0]       word_d, word_q;
  logic [63:0]       next_d, next_q;
  // counts, flow control
  logic [9:0]        sent_d, sent_q;
  logic [12:0]       freed_d, freed_q;
  logic [9:0]        ended_d, ended_q;
  logic              listed_d, listed_q; // the frame is one of them
  logic              xoff_wanted_d, xoff_wanted_q;
  logic              xon_wanted_d, xon_wanted_q;
  logic              xoff_sent_d, xoff_sent_q; // an XOFF is in force at the partner

  /////////////////////////////
  // Outputs from state only //
  /////////////////////////////

  logic ends; // the last byte is on the wire

  assign ends     = busy_q && ce_q && last_q;
  assign sent_o   = sent_q;
  assign freed_o  = freed_q;
  assign ended_o  = ended_q;
  assign tx_en_o  = busy_q && !loop_q;
  assign tx_ce_o  = ce_q && !loop_q;
  assign txd_o    = loop_q ? '0 : byte_q;
  assign lb_en_o  = busy_q && loop_q;
  assign lb_ce_o  = ce_q && loop_q;
  assign lb_d_o   = loop_q ? byte_q : '0;
  assign txoff_o  = (paused_cnt_q != '0);
  assign busy_o   = busy_q;
  assign want_o   = xoff_wanted_q || xon_wanted_q;
  assign orphan_o = orphan_q;

  ////////////////
  // Statistics //
  ////////////////

  logic bcast;

  assign bcast = ones_q && at_q >= 15'd6;
  assign st_valid_o = ends && tx_en_i && !reset_i;
  assign st_len_o = at_q;

  always_comb begin
    st_flags_o = '0;
    st_flags_o[nic_pkg::STATS_BCAST_LSB] = bcast;
    st_flags_o[nic_pkg::STATS_MCAST_LSB] = group_q && !bcast;
    st_flags_o[nic_pkg::STATS_XON_LSB] = pause_q && quanta_q == '0;
    st_flags_o[nic_pkg::STATS_XOFF_LSB] = pause_q && quanta_q != '0;
  end

  //////////////////
  // Flow control //
  //////////////////

  logic [16:0] fill;
  logic        xoff_now, xon_now; // wanted behind the events of this tick
  logic        fill_high, fill_low;
  logic        unused_bits;

  assign fill = 17'(rx_used_i) * 17'(nic_pkg::GranuleBytes);
  assign fill_high = fcrth_i != '0 && 32'(fill) >= fcrth_i;
  assign fill_low = fill < {1'b0, fcrtl_i[15:3], 3'b0};
  assign unused_bits = ^{fcrtl_i[30:16], fcrtl_i[2:0], tipg_i[31:10], csr_wdata_i};

  always_comb begin
    xoff_now = xoff_wanted_q;
    xon_now = xon_wanted_q;
    xoff_sent_d = xoff_sent_q;
    if (csr_valid_i && csr_write_i && csr_id_i == TctlId &&
        csr_wdata_i[nic_pkg::E1000_TCTL_SWXOFF_LSB]) begin
      xoff_now = 1'b1;
    end
    if (tfce_i) begin
      if ((!xoff_sent_q && fill_high) || overflow_i) begin
        xoff_now = 1'b1;
        xon_now = 1'b0;
        xoff_sent_d = 1'b1;
      end else if (xoff_sent_q && fill_low) begin
        xoff_sent_d = 1'b0;
        xon_now = fcrtl_i[nic_pkg::E1000_FCRTL_XONE_LSB];
      end
    end
    if (reset_i) xoff_sent_d = 1'b0;
  end

  ////////////////////////////////
  // The frame that would start //
  ////////////////////////////////

  logic              free, paused;
  logic              start_pause, start_data, start;
  logic [6:0]        stride;
  logic [14:0]       start_len;   // with FCS
  logic [16:0]       gap, asked;
  logic [17:0]       start_bytes; // preamble, frame and gap
  logic [GapW-1:0]   start_ready; // ticks to the start behind it
  logic [PauseW-1:0] pause_ticks; // of the PAUSE that comes in this cycle

  assign free = link_i && !busy_q && ready_cnt_q <= GapW'(1) && !reset_i;
  assign paused = pause_i ? pause_quanta_i != '0 : paused_cnt_q != '0;
  assign start_pause = free && (xoff_now || xon_now);
  assign start_data = free && !start_pause && frames_i != sent_q && !paused;
  assign start = start_pause || start_data;

  assign xoff_wanted_d = xoff_now && !start_pause && !reset_i;
  assign xon_wanted_d = xon_now && !start_pause && !reset_i;

  assign asked = 17'(tipg_i[nic_pkg::E1000_TIPG_IPGT_LSB+:nic_pkg::E1000_TIPG_IPGT_W]) + 17'd4 +
                 17'(ait_i);
  assign gap = (asked < 17'(nic_pkg::TxGapMin)) ? 17'(nic_pkg::TxGapMin) : asked;
  assign start_len = start_pause ? 15'(nic_pkg::FrameMin) :
                     f_add_fcs_i ? f_len_i + 15'(nic_pkg::FcsBytes) : f_len_i;
  assign start_bytes = 18'(nic_pkg::PreambleBytes) + 18'(start_len) + 18'(gap);

  always_comb begin
    unique case (speed_i)
      2'd0: begin
        stride = Stride10;
        start_ready = GapW'(start_bytes) * GapW'(Stride10);
        pause_ticks = PauseW'(pause_quanta_i) * PauseW'(nic_pkg::PauseUnitCyc) * PauseW'(Stride10);
      end
      2'd1: begin
        stride = Stride100;
        start_ready = GapW'(start_bytes) * GapW'(Stride100);
        pause_ticks = PauseW'(pause_quanta_i) * PauseW'(nic_pkg::PauseUnitCyc) * PauseW'(Stride100);
      end
      default: begin
        stride = Stride1000;
        start_ready = GapW'(start_bytes) * GapW'(Stride1000);
        pause_ticks = PauseW'(pause_quanta_i) * PauseW'(nic_pkg::PauseUnitCyc);
      end
    endcase
  end

  //////////////////////////////
  // The next byte of a frame //
  //////////////////////////////

  // One more byte under the FCS.
  function automatic logic [31:0] crc_of(input logic [31:0] crc, input logic [7:0] data);
    crc_of = crc ^ {24'b0, data};
    for (int unsigned i = 0; i < 8; i++) begin
      crc_of = {1'b0, crc_of[31:1]} ^ (crc_of[0] ? nic_pkg::CrcPoly : '0);
    end
  endfunction

  // Byte 12 + k: what the tag consists of.
  logic [31:0] tag_bytes;
  logic        tag_now;   // the next byte is one of the tag
  logic        raw_now;   // the next byte is one of the packet buffer
  logic [7:0]  raw_byte;  // it, with the checksums put over it
  logic [8:0]  ip_at, tu_at; // where it lies in those
  logic [7:0]  pause_byte;
  logic [7:0]  data_byte; // the next byte, if it is none of preamble and FCS

  assign tag_bytes = {tag_q[7:0], tag_q[15:8], vet_q[7:0], vet_q[15:8]};
  assign tag_now = tag_en_q && at_q >= TagAt && at_q < TagEnd;
  assign raw_now = !pause_q && !tag_now && raw_q < raw_len_q;
  assign ip_at = 9'(raw_q) - 9'(ip_off_q);
  assign tu_at = 9'(raw_q) - 9'(tu_off_q);

  always_comb begin
    raw_byte = word_q[8*raw_q[2:0]+:8];
    if (raw_q <= 15'd256) begin
      if (ip_en_q && ip_at == 9'd0) raw_byte = ip_val_q[15:8];
      if (ip_en_q && ip_at == 9'd1) raw_byte = ip_val_q[7:0];
      if (tu_en_q && tu_at == 9'd0) raw_byte = tu_val_q[15:8];
      if (tu_en_q && tu_at == 9'd1) raw_byte = tu_val_q[7:0];
    end
  end

  always_comb begin
    pause_byte = '0;
    if (at_q < 15'd6) pause_byte = nic_pkg::PauseAddress[8*at_q[2:0]+:8];
    else if (at_q < TagAt) pause_byte = mac_q[8*(at_q[3:0]-4'd6)+:8];
    else if (at_q == TagAt) pause_byte = type_q[15:8];
    else if (at_q == TagAt + 15'd1) pause_byte = type_q[7:0];
    else if (at_q == 15'd15) pause_byte = 8'(nic_pkg::PauseOpcode);
    else if (at_q == 15'd16) pause_byte = quanta_q[15:8];
    else if (at_q == 15'd17) pause_byte = quanta_q[7:0];
  end

  always_comb begin
    if (pause_q) data_byte = pause_byte;
    else if (tag_now) data_byte = tag_bytes[8*at_q[1:0]+:8];
    else if (raw_now) data_byte = raw_byte;
    else data_byte = '0; // padding
  end

  //////////////////////
  // Next state: line //
  //////////////////////

  logic next; // a byte begins in the next cycle
  logic more; // one of the packet buffer

  assign next = busy_q && !ends && phase_q == '0;
  assign more = next && state_q == TxData && raw_now;

  always_comb begin
    busy_d = busy_q;
    loop_d = loop_q;
    orphan_d = orphan_q;
    ce_d = 1'b0;
    byte_d = '0;
    last_d = last_q;
    stride_d = stride_q;
    phase_d = (phase_q == '0) ? '0 : phase_q - 7'd1;
    state_d = state_q;
    step_d = step_q;
    at_d = at_q;
    raw_d = raw_q;
    crc_d = crc_q;
    ones_d = ones_q;
    group_d = group_q;
    ready_cnt_d = (ready_cnt_q == '0) ? '0 : ready_cnt_q - GapW'(1);
    paused_cnt_d = (paused_cnt_q == '0) ? '0 : paused_cnt_q - PauseW'(1);
    sent_d = sent_q;
    freed_d = freed_q;
    ended_d = ended_q;
    listed_d = listed_q;
    granules_d = granules_q;

    if (ends) begin
      busy_d = 1'b0;
      loop_d = 1'b0;
      orphan_d = 1'b0;
      last_d = 1'b0;
      freed_d = freed_q + 13'(granules_q);
      ended_d = ended_q + 10'(listed_q);
      listed_d = 1'b0;
    end
    // PAUSE time counts from here; 0 resumes.
    if (pause_i) paused_cnt_d = (pause_quanta_i == '0) ? '0 : pause_ticks - PauseW'(1);

    if (next) begin
      ce_d = 1'b1;
      phase_d = stride_q - 7'd1;
      unique case (state_q)
        TxPreamble: begin
          byte_d = (step_q == 3'd1) ? 8'(nic_pkg::Sfd) : 8'(nic_pkg::Preamble);
          step_d = step_q - 3'd1;
          if (step_q == 3'd1) state_d = TxData;
        end
        TxData: begin
          byte_d = data_byte;
          crc_d = crc_of(crc_q, data_byte);
          if (raw_now) raw_d = raw_q + 15'd1;
          if (at_q + 15'd1 == len_q) begin
            state_d = TxFcs;
            step_d = 3'(nic_pkg::FcsBytes);
            last_d = !add_fcs_q;
          end
        end
        default: begin
          byte_d = ~crc_q[7:0];
          crc_d = {8'b0, crc_q[31:8]};
          step_d = step_q - 3'd1;
          last_d = (step_q == 3'd1);
        end
      endcase
      if (state_q != TxPreamble) begin
        at_d = at_q + 15'd1;
        if (at_q < 15'd6 && byte_d != '1) ones_d = 1'b0;
        if (at_q == '0) group_d = byte_d[0];
      end
    end

    if (start) begin
      busy_d = 1'b1;
      loop_d = loopback_i;
      ce_d = 1'b1;
      byte_d = 8'(nic_pkg::Preamble);
      stride_d = stride;
      phase_d = stride - 7'd1;
      ready_cnt_d = start_ready;
      state_d = TxPreamble;
      step_d = 3'(nic_pkg::PreambleBytes - 1);
      at_d = '0;
      raw_d = '0;
      crc_d = '1;
      ones_d = 1'b1;
      granules_d = start_pause ? '0 : f_granules_i;
      if (start_data) sent_d = sent_q + 10'd1;
      listed_d = start_data;
    end

    if (reset_i) begin
      orphan_d = busy_d;
      paused_cnt_d = '0;
      sent_d = '0;
      freed_d = '0;
      ended_d = '0;
      listed_d = 1'b0;
      granules_d = '0; // what is on the wire belongs to nobody any more
    end
  end

  ///////////////////////////////////////////
  // Next state: what the frame is made of //
  ///////////////////////////////////////////

  always_comb begin
    len_d = len_q;
    raw_len_d = raw_len_q;
    add_fcs_d = add_fcs_q;
    tag_en_d = tag_en_q;
    tag_d = tag_q;
    vet_d = vet_q;
    ip_en_d = ip_en_q;
    ip_off_d = ip_off_q;
    ip_val_d = ip_val_q;
    tu_en_d = tu_en_q;
    tu_off_d = tu_off_q;
    tu_val_d = tu_val_q;
    pause_d = pause_q;
    mac_d = mac_q;
    type_d = type_q;
    quanta_d = quanta_q;
    if (start_data) begin
      len_d = f_len_i;
      raw_len_d = f_raw_len_i;
      add_fcs_d = f_add_fcs_i;
      tag_en_d = f_tag_en_i;
      tag_d = f_tag_i;
      vet_d = f_vet_i;
      ip_en_d = f_ip_en_i;
      ip_off_d = f_ip_off_i;
      ip_val_d = f_ip_val_i;
      tu_en_d = f_tu_en_i;
      tu_off_d = f_tu_off_i;
      tu_val_d = f_tu_val_i;
      pause_d = 1'b0;
    end
    if (start_pause) begin
      len_d = PauseLen;
      add_fcs_d = 1'b1;
      pause_d = 1'b1;
      mac_d = mac_i;
      type_d = fct_i;
      quanta_d = xoff_now ? fcttv_i : '0;
    end
  end

  ///////////////////////////
  // Next state: its words //
  ///////////////////////////

  logic [1:0] kept; // words that stay behind this tick

  // Two words ahead, counted without what goes in this tick.
  assign tx_re_o = words_q != '0 && (count_q + 2'(read_q)) < 2'd2;
  assign tx_raddr_o = raddr_q;
  assign kept = count_q - 2'(more && raw_q[2:0] == 3'd7);

  always_comb begin
    raddr_d = raddr_q;
    base_d = base_q;
    end_d = end_q;
    words_d = words_q;
    read_d = tx_re_o && tx_rready_i;
    word_d = word_q;
    next_d = next_q;
    count_d = kept + 2'(read_q);

    if (kept != count_q) word_d = next_q;
    if (read_q) begin
      if (kept == '0) word_d = tx_rdata_i;
      else next_d = tx_rdata_i;
    end
    if (read_d) begin
      raddr_d = (raddr_q == end_q) ? base_q : raddr_q + 13'd1;
      words_d = words_q - 12'd1;
    end

    if (ends) count_d = '0; // the rest of the last word
    if (start) begin
      // The region of now, also if a reset moves it while the frame is on the wire.
      base_d = tx_base_i;
      end_d = tx_base_i + 13'(tx_cap_i * 13'(WordsPerGranule)) - 13'd1;
      raddr_d = tx_base_i + 13'(f_start_i) * 13'(WordsPerGranule);
      words_d = start_pause ? '0 : 12'((f_raw_len_i + 15'(nic_pkg::BeatBytes - 1)) /
                                       15'(nic_pkg::BeatBytes));
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      loop_q <= 1'b0;
      orphan_q <= 1'b0;
      ce_q <= 1'b0;
      byte_q <= '0;
      last_q <= 1'b0;
      stride_q <= '0;
      phase_q <= '0;
      ready_cnt_q <= '0;
      paused_cnt_q <= '0;
      state_q <= TxPreamble;
      step_q <= '0;
      at_q <= '0;
      raw_q <= '0;
      crc_q <= '0;
      ones_q <= 1'b0;
      group_q <= 1'b0;
      len_q <= '0;
      raw_len_q <= '0;
      granules_q <= '0;
      add_fcs_q <= 1'b0;
      tag_en_q <= 1'b0;
      tag_q <= '0;
      vet_q <= '0;
      ip_en_q <= 1'b0;
      ip_off_q <= '0;
      ip_val_q <= '0;
      tu_en_q <= 1'b0;
      tu_off_q <= '0;
      tu_val_q <= '0;
      pause_q <= 1'b0;
      mac_q <= '0;
      type_q <= '0;
      quanta_q <= '0;
      raddr_q <= '0;
      base_q <= '0;
      end_q <= '0;
      words_q <= '0;
      read_q <= 1'b0;
      count_q <= '0;
      word_q <= '0;
      next_q <= '0;
      sent_q <= '0;
      freed_q <= '0;
      ended_q <= '0;
      listed_q <= 1'b0;
      xoff_wanted_q <= 1'b0;
      xon_wanted_q <= 1'b0;
      xoff_sent_q <= 1'b0;
    end else begin
      busy_q <= busy_d;
      loop_q <= loop_d;
      orphan_q <= orphan_d;
      ce_q <= ce_d;
      byte_q <= byte_d;
      last_q <= last_d;
      stride_q <= stride_d;
      phase_q <= phase_d;
      ready_cnt_q <= ready_cnt_d;
      paused_cnt_q <= paused_cnt_d;
      state_q <= state_d;
      step_q <= step_d;
      at_q <= at_d;
      raw_q <= raw_d;
      crc_q <= crc_d;
      ones_q <= ones_d;
      group_q <= group_d;
      len_q <= len_d;
      raw_len_q <= raw_len_d;
      granules_q <= granules_d;
      add_fcs_q <= add_fcs_d;
      tag_en_q <= tag_en_d;
      tag_q <= tag_d;
      vet_q <= vet_d;
      ip_en_q <= ip_en_d;
      ip_off_q <= ip_off_d;
      ip_val_q <= ip_val_d;
      tu_en_q <= tu_en_d;
      tu_off_q <= tu_off_d;
      tu_val_q <= tu_val_d;
      pause_q <= pause_d;
      mac_q <= mac_d;
      type_q <= type_d;
      quanta_q <= quanta_d;
      raddr_q <= raddr_d;
      base_q <= base_d;
      end_q <= end_d;
      words_q <= words_d;
      read_q <= read_d;
      count_q <= count_d;
      word_q <= word_d;
      next_q <= next_d;
      sent_q <= sent_d;
      freed_q <= freed_d;
      ended_q <= ended_d;
      listed_q <= listed_d;
      xoff_wanted_q <= xoff_wanted_d;
      xon_wanted_q <= xon_wanted_d;
      xoff_sent_q <= xoff_sent_d;
    end
  end

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      // No byte is late.
      InTime_A: assert (!more || count_q != '0);
      // The frame is read to its end, and not further.
      AllRead_A: assert (!ends || (words_q == '0 && !read_q));
      AllSent_A: assert (!ends || pause_q || raw_q == raw_len_q);
      // The gap of the last frame is still running when it ends.
      Gap_A: assert (!ends || ready_cnt_q > GapW'(1));
    end
  end
`endif

endmodule
