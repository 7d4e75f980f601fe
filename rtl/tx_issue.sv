// SPDX-License-Identifier: Apache-2.0
// The issue side of transmit DMA: takes a descriptor a tick, or as much of it as one read takes,
// reserves room in the packet buffer and asks the port for the data. Twin of the issue side of
// model/tx_dma.c.
//
// Cycle contract: a descriptor visible in cycle c, with room, is taken in tick c: put_o with the
// fields of its entry in c, the request and the next descriptor's number visible in c+1.
// The strap Igb makes it that of the 82576: what an advanced descriptor says comes decoded, and who
// may take when is decided outside (tx_dma_82576.sv); taken_o and restart_i are of the other.
// Known differences: none. Granules are counted modulo 2^13.
module tx_issue #(
  parameter bit          Igb = 1'b0,
  parameter int unsigned FrameMax = nic_pkg::FrameMax // without FCS
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         reset_i,      // CTRL.RST: to the reset state in this tick
  input  logic         restart_i,    // of the ring
  input  logic         en_i,
  input  logic         room_i,       // for an entry and a read
  // ring
  input  logic [7:0]   filled_i,
  input  logic [127:0] desc_i,
  output logic [7:0]   taken_o,
  // 82576
  input  logic         abort_i,        // the packet in progress ends here: its queue restarts
  input  logic         drain_i,        // the descriptor is finished as if
  input  logic         adv_context_i,  // it is a context,
  input  logic         adv_none_i,     // or advanced and of no type
  input  logic         adv_tse_i,      // advanced data: segmentation,
  input  logic [1:0]   adv_popts_i,    // checksums wanted,
  input  logic [15:0]  adv_tag_i,      // tag,
  input  logic [127:0] adv_ctx_i,      // context, laid out as that of the 82540EM
  input  logic [7:0]   func_i,         // whose the queue is
  input  logic [3:0]   queue_i,      // whose it is
  output logic         take_o,         // in this tick it is taken,
  output logic         take_end_o,     // a packet ends with it
  output logic         take_bad_o,     // that is bad
  output logic [7:0]   take_copy_o,    // bytes of the header that a segment gets, but for the first
  // packet buffer
  input  logic [12:0]  tx_cap_i,     // granules of the transmit region
  input  logic [12:0]  freed_i,      // given back by mac_tx (free running)
  input  logic [12:0]  land_alloc_i, // of the frames listed (free running)
  input  logic [11:0]  land_pos_i,   // behind the last of them
  // port
  input  logic         sent_i,
  output logic         req_valid_o,
  output logic [63:0]  req_addr_o,
  output logic [14:0]  req_len_o,
  output logic [7:0]   req_func_o,
  output logic [3:0]   req_queue_o,
  // an entry is made in this tick
  output logic         put_o,
  output logic         put_data_o,     // it has data
  output logic [11:0]  put_len_o,      // so many bytes,
  output logic [14:0]  put_off_o,      // that belong here in the frame, or in the header
  output logic         put_hdr_o,      // in the header
  output logic         put_begins_o,   // the first data of a frame
  output logic         put_desc_end_o, // it finishes a descriptor
  output logic         put_eop_o,
  output logic         put_rs_o,
  output logic         put_ide_o,
  output logic         put_tsc_o,      // end of a segmentation
  output logic         put_tsc_bad_o,  // that has failed
  output logic         put_closes_o,   // it finishes a frame:
  output logic [11:0]  put_start_o,    //   first data granule
  output logic [10:0]  put_granules_o,
  output logic [14:0]  put_total_o,    //   bytes from the host
  output logic         put_ifcs_o,
  output logic         put_vle_o,
  output logic [15:0]  put_special_o,
  output logic         put_tu_o,       //   a TCP/UDP checksum is wanted, if there is one
  // packet: segmentation, checksums wanted, context laid out as in its descriptor
  output logic         put_tse_o,
  output logic [1:0]   put_popts_o,
  output logic [127:0] put_ctx_o,
  // segment: payload bytes, is it the last
  output logic [15:0]  put_seg_len_o,
  output logic         put_last_o
);

  localparam logic [7:0]  HdrMax = 8'(nic_pkg::TsoHeaderMax);
  localparam logic [16:0] TsoMargin = 17'(nic_pkg::TsoMargin);
  localparam logic [15:0] TagLen = 16'(nic_pkg::TagLen);
  localparam logic [15:0] MinLen = 16'(nic_pkg::FrameMin); // tag and padding included
  localparam logic [15:0] Granule = 16'(nic_pkg::GranuleBytes);
  localparam logic [19:0] Chunk = 20'(nic_pkg::TxChunk);
  localparam logic [20:0] Longest = 21'(FrameMax);
  localparam logic [1:0]  PoptsTxsm = 2'b1 << nic_pkg::E1000_TXD_POPTS_TXSM_LSB;
  localparam int unsigned CmdAt = nic_pkg::E1000_TXD_CMD_LSB;

  // Granules of a frame of `bytes` from the host, whatever becomes of it: status, tag, padding.
  function automatic logic [10:0] need(logic [14:0] bytes);
    logic [15:0] len;
    len = 16'(bytes) + TagLen;
    if (len < MinLen) len = MinLen;
    need = 11'd1 + 11'((len + Granule - 16'd1) >> $clog2(nic_pkg::GranuleBytes));
  endfunction

  logic [7:0]   taken_d, taken_q;
  logic [127:0] csum_ctx_d, csum_ctx_q, tso_ctx_d, tso_ctx_q;
  logic [127:0] ctx_d, ctx_q;           // of the packet in progress
  logic         in_packet_d, in_packet_q, bad_d, bad_q;
  logic         tse_d, tse_q, legacy_d, legacy_q, ifcs_d, ifcs_q, vle_d, vle_q;
  logic [1:0]   popts_d, popts_q;
  logic [15:0]  special_d, special_q;
  logic [19:0]  desc_off_d, desc_off_q; // bytes of the present descriptor already asked for
  logic [14:0]  total_d, total_q;       // bytes of the frame in progress
  logic [7:0]   hdr_left_d, hdr_left_q;
  logic [15:0]  seg_left_d, seg_left_q;
  logic [19:0]  pay_left_d, pay_left_q;
  logic [15:0]  seg_len_d, seg_len_q;   // of the segment in progress
  logic         seg_last_d, seg_last_q;
  logic         req_valid_d, req_valid_q;
  logic [63:0]  req_addr_d, req_addr_q;
  logic [11:0]  req_len_d, req_len_q;
  logic [7:0]   req_func_d, req_func_q;
  logic [3:0]   req_queue_d, req_queue_q;
  logic [12:0]  alloc_d, alloc_q;       // granules reserved (free running)
  logic [11:0]  pos_d, pos_q;           // granule where the frame in progress starts

  ////////////////////
  // The descriptor //
  ////////////////////

  logic        eop, ifcs, ic, segments, rs, dext, vle, ide;
  logic        legacy, context_d, dataless, first;
  logic        ctx_tse; // a context: of segmentation
  logic [19:0] dlen;

  assign eop = desc_i[CmdAt+nic_pkg::E1000_TXD_CMD_EOP_LSB];
  assign ifcs = desc_i[CmdAt+nic_pkg::E1000_TXD_CMD_IFCS_LSB];
  assign ic = desc_i[CmdAt+nic_pkg::E1000_TXD_CMD_IC_LSB];
  assign segments = desc_i[CmdAt+nic_pkg::E1000_TXD_CMD_TSE_LSB];
  assign rs = desc_i[CmdAt+nic_pkg::E1000_TXD_CMD_RS_LSB];
  assign dext = desc_i[CmdAt+nic_pkg::E1000_TXD_CMD_DEXT_LSB];
  assign vle = desc_i[CmdAt+nic_pkg::E1000_TXD_CMD_VLE_LSB];
  assign ide = !Igb && desc_i[CmdAt+nic_pkg::E1000_TXD_CMD_IDE_LSB];
  assign legacy = !dext;
  assign context_d = Igb ? adv_context_i :
                           dext && desc_i[nic_pkg::E1000_TXD_DTYP_LSB+:4] == 4'(nic_pkg::E1000_TXD_DTYP_C);
  assign dataless = context_d || (Igb && drain_i);
  assign dlen = legacy || Igb ? 20'(desc_i[nic_pkg::E1000_TXD_LENGTH_LSB+:16]) :
                         desc_i[nic_pkg::E1000_TXD_DTALEN_LSB+:20];
  assign first = !in_packet_q;
  assign ctx_tse = desc_i[nic_pkg::E1000_TXC_TUCMD_LSB+nic_pkg::E1000_TXC_TUCMD_TSE_LSB];

  /////////////////////////////////////////
  // The packet: begins here, or goes on //
  /////////////////////////////////////////

  logic         tse, bad_before;
  logic [127:0] ctx;
  logic [7:0]   hdrlen, hdr_left;
  logic [15:0]  mss, seg_left;
  logic [19:0]  paylen, pay_left;

  function automatic logic [15:0] segment(logic [15:0] m, logic [19:0] left);
    segment = (left < 20'(m)) ? left[15:0] : m;
  endfunction

  always_comb begin
    tse = first ? (Igb ? adv_tse_i : !legacy && segments) : tse_q;
    ctx = ctx_q;
    if (first) begin
      ctx = tse ? tso_ctx_q : csum_ctx_q;
      if (Igb) ctx = adv_ctx_i;
      if (legacy) begin // the other engine from CSS to the end
        ctx = '0;
        ctx[nic_pkg::E1000_TXC_TUCSS_LSB+:8] = desc_i[nic_pkg::E1000_TXD_CSS_LSB+:8];
        ctx[nic_pkg::E1000_TXC_TUCSO_LSB+:8] = desc_i[nic_pkg::E1000_TXD_CSO_LSB+:8];
      end
    end
    hdrlen = ctx[nic_pkg::E1000_TXC_HDRLEN_LSB+:8];
    mss = ctx[nic_pkg::E1000_TXC_MSS_LSB+:16];
    paylen = ctx[nic_pkg::E1000_TXC_PAYLEN_LSB+:20];
    hdr_left = first ? hdrlen : hdr_left_q;
    pay_left = first ? paylen : pay_left_q;
    seg_left = first ? segment(mss, paylen) : seg_left_q;
    bad_before = bad_q;
    if (first) begin
      bad_before = tse && (mss == '0 || paylen == '0 || hdrlen == '0 || hdrlen > HdrMax ||
                           17'(hdrlen) + 17'(mss) + TsoMargin >= {tx_cap_i, 4'b0});
    end
  end

  //////////////////////////////////////////
  // What one read takes, and room for it //
  //////////////////////////////////////////

  logic [19:0] left, n20;
  logic [11:0] n;
  logic [14:0] off, total;
  logic [20:0] end_off;
  logic        too_much, too_long, no_room, bad;
  logic [10:0] held, after, grain;
  logic [12:0] used;

  always_comb begin
    left = dlen - desc_off_q;
    n20 = (left < Chunk) ? left : Chunk;
    if (tse) begin
      if (hdr_left != '0) begin
        if (20'(hdr_left) < n20) n20 = 20'(hdr_left);
      end else if (20'(seg_left) < n20) begin
        n20 = 20'(seg_left);
      end
    end
    too_much = tse && !bad_before && n20 == '0 && left != '0; // more data than PAYLEN
    off = (tse && total_q == '0 && hdr_left == '0) ? 15'(hdrlen) : total_q;
    end_off = 21'(off) + 21'(n20);
    held = (total_q == '0) ? '0 : need(total_q);
    after = need(end_off[14:0]);
    too_long = !bad_before && n20 != '0 && (end_off > Longest || 13'(after) > tx_cap_i);
    bad = bad_before || too_much || too_long || (Igb && adv_none_i);
    n = bad ? '0 : n20[11:0];
    grain = (n == '0) ? '0 : after - held;
    total = (n == '0) ? total_q : end_off[14:0];
    used = alloc_q - freed_i;
    no_room = 14'(used) + 14'(grain) > 14'(tx_cap_i) && n != '0;
  end

  ///////////////////////////////
  // What becomes of the frame //
  ///////////////////////////////

  logic        desc_end, hdr, begins, closes, last, done_ok, spoilt, keep;
  logic [7:0]  hdr_left_n;
  logic [15:0] seg_left_n;
  logic [19:0] pay_left_n;
  logic [15:0] seg_len;
  logic        seg_last;
  logic [12:0] start, pos;
  logic        ifcs_n, vle_n;
  logic [15:0] special_n;
  logic [1:0]  popts;
  logic        legacy_n;

  always_comb begin
    hdr_left_n = hdr_left;
    seg_left_n = seg_left;
    pay_left_n = pay_left;
    seg_len = seg_len_q;
    seg_last = seg_last_q;
    hdr = tse && hdr_left != '0;
    begins = n != '0 && off == '0;
    closes = 1'b0;
    desc_end = bad || (desc_off_q + 20'(n) >= dlen);
    if (tse) begin
      begins = 1'b0;
      if (n != '0 && hdr) begin
        hdr_left_n = hdr_left - 8'(n);
      end else if (n != '0) begin
        begins = off == 15'(hdrlen);
        if (begins) seg_len = seg_left;
        if (begins) seg_last = 20'(seg_left) == pay_left;
        pay_left_n = pay_left - 20'(n);
        closes = seg_left == 16'(n);
        seg_left_n = closes ? segment(mss, pay_left_n) : seg_left - 16'(n);
      end
    end else begin
      closes = desc_end && eop && total != '0 && !bad;
    end
    last = desc_end && eop;
    done_ok = !bad && pay_left_n == '0 && hdr_left_n == '0;
    spoilt = (bad && !bad_before) || (last && tse && !bad && !done_ok);

    start = 13'(pos_q) + 13'd1;
    if (start == tx_cap_i) start = '0;
    pos = 13'(pos_q) + 13'(need(total));
    if (pos >= tx_cap_i) pos = pos - tx_cap_i;

    // These count in the last descriptor of a packet; for segmentation, and in advanced ones, in the
    // first.
    legacy_n = first ? legacy : legacy_q;
    keep = (tse || (Igb && !legacy_n)) && !first;
    ifcs_n = keep ? ifcs_q : ifcs;
    vle_n = keep ? vle_q : vle;
    special_n = desc_i[nic_pkg::E1000_TXD_SPECIAL_LSB+:16];
    if (Igb && !legacy) special_n = adv_tag_i;
    if (keep) special_n = special_q;
    popts = popts_q;
    if (first) popts = legacy ? PoptsTxsm : (Igb ? adv_popts_i : desc_i[nic_pkg::E1000_TXD_POPTS_LSB+:2]);
  end

  ////////////////
  // Next state //
  ////////////////

  logic may;

  assign may = en_i && room_i && !(req_valid_q && !sent_i) && (Igb || filled_i != taken_q) &&
               !restart_i && !reset_i;
  assign put_o = may && (dataless || !no_room);

  always_comb begin
    taken_d = taken_q;
    csum_ctx_d = csum_ctx_q;
    tso_ctx_d = tso_ctx_q;
    ctx_d = ctx_q;
    in_packet_d = in_packet_q;
    bad_d = bad_q;
    tse_d = tse_q;
    legacy_d = legacy_q;
    popts_d = popts_q;
    ifcs_d = ifcs_q;
    vle_d = vle_q;
    special_d = special_q;
    desc_off_d = desc_off_q;
    total_d = total_q;
    hdr_left_d = hdr_left_q;
    seg_left_d = seg_left_q;
    pay_left_d = pay_left_q;
    seg_len_d = seg_len_q;
    seg_last_d = seg_last_q;
    req_valid_d = req_valid_q && !sent_i;
    req_addr_d = req_addr_q;
    req_len_d = req_len_q;
    req_func_d = req_func_q;
    req_queue_d = req_queue_q;
    alloc_d = alloc_q;
    pos_d = pos_q;

    if (put_o && dataless) begin
      if (context_d && ctx_tse) tso_ctx_d = desc_i;
      if (context_d && !ctx_tse) csum_ctx_d = desc_i;
      taken_d = taken_q + 8'd1;
    end else if (put_o) begin
      in_packet_d = !last;
      bad_d = bad;
      tse_d = tse;
      legacy_d = legacy_n;
      popts_d = popts;
      ifcs_d = ifcs_n;
      vle_d = vle_n;
      special_d = special_n;
      ctx_d = ctx;
      hdr_left_d = hdr_left_n;
      seg_left_d = seg_left_n;
      pay_left_d = pay_left_n;
      seg_len_d = seg_len;
      seg_last_d = seg_last;
      desc_off_d = desc_end ? '0 : desc_off_q + 20'(n);
      if (desc_end) taken_d = taken_q + 8'd1;
      // What turns bad gives its unfinished frame back; the next one begins in the same place.
      alloc_d = spoilt ? alloc_q - 13'(held) : alloc_q + 13'(grain);
      total_d = (spoilt || closes) ? '0 : total;
      if (closes) pos_d = pos[11:0];
      if (closes && spoilt) alloc_d = alloc_q + 13'(grain); // nothing is unfinished
      if (n != '0) begin
        req_valid_d = 1'b1;
        req_addr_d = desc_i[nic_pkg::E1000_TXD_ADDR_LSB+:64] + 64'(desc_off_q);
        req_len_d = n;
        req_func_d = func_i;
        req_queue_d = queue_i;
      end
    end

    if (Igb && abort_i) begin
      in_packet_d = 1'b0;
      bad_d = 1'b0;
      desc_off_d = '0;
      total_d = '0;
      alloc_d = alloc_q - 13'(held);
    end
    if (restart_i) begin
      taken_d = '0;
      in_packet_d = 1'b0;
      bad_d = 1'b0;
      desc_off_d = '0;
      total_d = '0;
      alloc_d = land_alloc_i;
      pos_d = land_pos_i;
    end
    if (reset_i) begin
      taken_d = '0;
      csum_ctx_d = '0;
      tso_ctx_d = '0;
      in_packet_d = 1'b0;
      bad_d = 1'b0;
      desc_off_d = '0;
      total_d = '0;
      req_valid_d = 1'b0;
      alloc_d = '0;
      pos_d = '0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      taken_q <= '0;
      csum_ctx_q <= '0;
      tso_ctx_q <= '0;
      ctx_q <= '0;
      in_packet_q <= 1'b0;
      bad_q <= 1'b0;
      tse_q <= 1'b0;
      legacy_q <= 1'b0;
      popts_q <= '0;
      ifcs_q <= 1'b0;
      vle_q <= 1'b0;
      special_q <= '0;
      desc_off_q <= '0;
      total_q <= '0;
      hdr_left_q <= '0;
      seg_left_q <= '0;
      pay_left_q <= '0;
      seg_len_q <= '0;
      seg_last_q <= 1'b0;
      req_valid_q <= 1'b0;
      req_addr_q <= '0;
      req_len_q <= '0;
      req_func_q <= '0;
      req_queue_q <= '0;
      alloc_q <= '0;
      pos_q <= '0;
    end else begin
      taken_q <= taken_d;
      csum_ctx_q <= csum_ctx_d;
      tso_ctx_q <= tso_ctx_d;
      ctx_q <= ctx_d;
      in_packet_q <= in_packet_d;
      bad_q <= bad_d;
      tse_q <= tse_d;
      legacy_q <= legacy_d;
      popts_q <= popts_d;
      ifcs_q <= ifcs_d;
      vle_q <= vle_d;
      special_q <= special_d;
      desc_off_q <= desc_off_d;
      total_q <= total_d;
      hdr_left_q <= hdr_left_d;
      seg_left_q <= seg_left_d;
      pay_left_q <= pay_left_d;
      seg_len_q <= seg_len_d;
      seg_last_q <= seg_last_d;
      req_valid_q <= req_valid_d;
      req_addr_q <= req_addr_d;
      req_len_q <= req_len_d;
      req_func_q <= req_func_d;
      req_queue_q <= req_queue_d;
      alloc_q <= alloc_d;
      pos_q <= pos_d;
    end
  end

  /////////////
  // Outputs //
  /////////////

  assign taken_o = taken_q;
  assign req_valid_o = req_valid_q;
  assign req_addr_o = req_addr_q;
  assign req_len_o = 15'(req_len_q);
  assign req_func_o = req_func_q;
  assign req_queue_o = req_queue_q;

  assign take_o = put_o && put_desc_end_o;
  assign take_end_o = !dataless && last;
  assign take_bad_o = bad || (tse && !done_ok);
  assign take_copy_o = put_o && put_data_o && tse && begins && pay_left != paylen ? hdrlen : '0;

  assign put_data_o = !dataless && n != '0;
  assign put_len_o = n;
  assign put_off_o = off;
  assign put_hdr_o = hdr;
  assign put_begins_o = begins;
  assign put_desc_end_o = dataless || desc_end;
  assign put_eop_o = !context_d && (dataless ? eop : last); // in a context the bit means "TCP"
  assign put_rs_o = rs && put_desc_end_o;
  assign put_ide_o = ide && put_desc_end_o;
  assign put_tsc_o = !dataless && last && tse;
  assign put_tsc_bad_o = !done_ok;
  assign put_closes_o = !dataless && closes;
  assign put_start_o = start[11:0];
  assign put_granules_o = need(total);
  assign put_total_o = total;
  assign put_ifcs_o = ifcs_n;
  assign put_vle_o = vle_n;
  assign put_special_o = special_n;
  assign put_tu_o = !legacy_n || (legacy && ic);
  assign put_tse_o = tse;
  assign put_popts_o = popts;
  assign put_ctx_o = ctx;
  assign put_seg_len_o = seg_len;
  assign put_last_o = seg_last;

endmodule
