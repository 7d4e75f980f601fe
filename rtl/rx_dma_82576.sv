// SPDX-License-Identifier: Apache-2.0
// Moves received frames and frames of the switch into the buffers of their queues (82576), one
// request at a time. Twin of model/rx_dma_82576.c.
//
// Cycle contract: docs/cycle-contract-82576.md, "Receive path". A frame and a descriptor of its
// lowest queue visible in cycle c -> the first request is visible to the port in c+1. `done` of the
// port visible in cycle d -> in d+1 are visible: the request of the next piece; or the completed
// descriptor to its ring, for the last one of a queue P, behind the last queue the freed granules
// (or loops_o), and the request of the next descriptor, queue or frame if its descriptor is here.
//
// Memories are read without a clock: entries frames_o and loops_o of the lists and those behind
// them, and descriptor taken_o of queue desc_queue_o, and the one behind it. desc_queue_o answers
// to counts and entries of the lists in the same cycle, to nothing else.
// Differences in form: what the C keeps as a stamp (done.cyc, p_cyc, drop_cyc, rnbc_cyc) is a flop
// here that is 1 for a cycle; an entry of the C's free list is free_o with granules_o; rest_cyc is
// a counter. A tag that the device has put into a looped frame is not in the transmit memory: the
// request says its bytes (req_imm_o), and those behind it are four places lower.
// Known differences: none.
module rx_dma_82576 (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         reset_i, // PF reset: to the reset state in this tick

  // from regs
  input  logic         en_i,      // RCTL.EN
  input  logic [1:0]   bsize_i,   // RCTL.BSIZE
  input  logic         pcsd_i,    // RXCSUM.PCSD
  input  logic [15:0]  qde_i,     // QDE
  input  logic [15:0]  enable_i,  // RXDCTL.ENABLE of the queues
  input  logic [511:0] srrctl_i,  // SRRCTL, 32 bits each
  input  logic [15:0]  restart_i, // of the rings
  input  logic [15:0]  may_i,     // the function of the queue may request
  input  logic [127:0] func_i,    // of the queues' pools, 8 bits each
  input  logic [7:0]   there_i,   // VFs

  // packet buffer: received frames, the entry of frames_o, what matters of the one behind it
  input  logic [11:0]  frames_i,
  input  logic [15:0]  frame_start_i,
  input  logic [14:0]  frame_len_i,
  input  logic [10:0]  frame_granules_i,
  input  logic [15:0]  frame_csum_i,
  input  logic [15:0]  frame_vlan_i,
  input  logic [7:0]   frame_status_i,
  input  logic [7:0]   frame_errors_i,
  input  logic [nic_82576_pkg::RxExtraW-1:0] frame_extra_i,
  input  logic [15:0]  next_start_i,
  input  logic [14:0]  next_len_i,
  input  logic [nic_82576_pkg::RxExtraW-1:0] next_extra_i,
  input  logic [16:0]  rx_bytes_i, // of the receive region
  output logic [11:0]  frames_o,   // frames finished (free running)
  output logic         free_o,
  output logic [10:0]  granules_o, // given back with free_o

  // l2_switch: looped frames
  input  logic [9:0]   loops_i,
  input  logic [15:0]  loop_start_i,
  input  logic [14:0]  loop_len_i,       // with a tag that was put in
  input  logic [15:0]  loop_queues_i,
  input  logic [31:0]  loop_tag_i,       // bytes 12 to 15, the first in bits 7:0
  input  logic         loop_strip_tag_i,
  input  logic         loop_put_tag_i,   // they are not in the memory
  input  logic         loop_mcast_i,
  input  logic         loop_pif_i,
  input  logic [15:0]  loop_next_start_i,
  input  logic [14:0]  loop_next_len_i,
  input  logic [15:0]  loop_next_queues_i,
  input  logic         loop_next_strip_tag_i,
  input  logic         loop_next_put_tag_i,
  input  logic [16:0]  tx_bytes_i, // of the transmit region
  output logic [9:0]   loops_o,    // frames finished (free running)

  // rings, 8 bits or one for each queue
  input  logic [127:0] filled_i,
  input  logic [15:0]  empty_i,
  output logic [127:0] taken_o,      // since the restart of the ring (free running)
  output logic [3:0]   desc_queue_o,
  input  logic [127:0] desc_i,
  input  logic [127:0] desc_next_i,
  output logic         done_o,       // a descriptor is completed
  output logic [3:0]   done_queue_o,
  output logic         done_eop_o,
  output logic         done_lli_o,   // of a low latency frame the last one
  output logic [127:0] done_wb_o,

  // stats, meters: a frame is in host memory for a queue
  output logic         p_o,
  output logic [3:0]   p_queue_o,
  output logic [14:0]  p_len_o,
  output logic [14:0]  p_bytes_o, // on the wire, with FCS
  output logic         p_loop_o,
  output logic         p_mcast_o,
  output logic         p_vf_o,    // the queue belongs to a VF that is there
  // it is dropped for a queue
  output logic         drop_o,
  output logic [3:0]   drop_queue_o,
  output logic         drop_off_o, // which is disabled or restarted; else RQDPC counts
  output logic         drop_loop_o,
  output logic         rnbc_o,
  output logic         starved_o,    // level: the frame in front waits for a descriptor (meters)

  // host port, and pay_patch
  input  logic         sent_i,
  output logic         req_valid_o,
  output logic [7:0]   req_func_o,
  output logic [3:0]   req_queue_o,
  output logic [63:0]  req_addr_o,
  output logic [14:0]  req_len_o,
  output logic [15:0]  req_off_o,    // in the region
  output logic         req_loop_o,   // the transmit region
  output logic         req_imm_en_o, // no bytes of a memory, but these
  output logic [31:0]  req_imm_o
);

  localparam logic [7:0] StaDd = 8'b1 << nic_pkg::E1000_RXD_STAT_DD_LSB;
  localparam logic [7:0] StaEop = 8'b1 << nic_pkg::E1000_RXD_STAT_EOP_LSB;
  localparam int unsigned ArxdStat = nic_82576_pkg::IGB_ARXD_STAT_LSB;
  localparam int unsigned ArxdErr = nic_82576_pkg::IGB_ARXD_ERR_LSB;
  localparam logic [14:0] TagAt = 15'(nic_pkg::TypeAt);
  localparam logic [14:0] TagLen = 15'(nic_pkg::TagLen);
  localparam logic [14:0] TagEnd = TagAt + TagLen;
  localparam logic [14:0] HdrLenMax = (15'd1 << nic_82576_pkg::IGB_ARXD_HDR_LEN_W) - 15'd1;
  localparam logic [1:0] Rest = 2'd2; // a list does not bring the frame behind the next sooner

  // SRRCTL.DESCTYPE, enum rx_dma_desctype of model/rx_dma_82576.h
  localparam logic [2:0] TypeLegacy = 3'd0;
  localparam logic [2:0] TypeSplit = 3'd2;
  localparam logic [2:0] TypeSplitAlways = 3'd5;

  typedef enum logic [1:0] {RxqIdle, RxqReq, RxqStale} state_e;

  state_e       state_d, state_q;
  logic         busy_d, busy_q;     // a frame is chosen
  logic         loop_d, loop_q;     // it, or the last one, is one of the switch
  logic [3:0]   queue_d, queue_q;   // that it goes to now
  logic [15:0]  left_d, left_q;     // queues that it still goes to, this one included
  logic         starved_d, starved_q; // RNBC was counted for frame and queue
  logic         gone_d, gone_q;     // restarted in the middle: to be dropped for this queue
  logic [1:0]   rest_d, rest_q;     // ticks in which nothing is dropped
  logic [11:0]  frames_d, frames_q;
  logic [9:0]   loops_d, loops_q;
  logic [127:0] taken_d, taken_q;
  // the descriptor under way; bytes as the host gets them, without a tag that is taken off
  logic [14:0]  off_d, off_q;       // bytes of the frame in front of this piece
  logic [14:0]  chunk_d, chunk_q;   // of this piece
  logic [14:0]  here_d, here_q;     // that this buffer still gets, this piece included
  logic [14:0]  then_d, then_q;     // that the packet buffer gets behind the header buffer
  logic [14:0]  part_d, part_q;     // that the packet buffer gets in all
  logic         legacy_d, legacy_q;
  logic         first_d, first_q;   // the first of the frame
  logic         sph_d, sph_q;
  logic         hbo_d, hbo_q;
  logic [14:0]  hdr_len_d, hdr_len_q;
  logic [63:0]  base_d, base_q;     // address of the packet buffer
  logic [63:0]  addr_d, addr_q;
  logic [15:0]  req_off_d, req_off_q;
  logic [7:0]   func_d, func_q;
  logic         imm_d, imm_q;
  // what it tells
  logic         done_d, done_q;
  logic         done_eop_d, done_eop_q;
  logic         done_lli_d, done_lli_q;
  logic [3:0]   done_queue_d, done_queue_q;
  logic [127:0] wb_d, wb_q;
  logic         p_d, p_q;
  logic [14:0]  p_len_d, p_len_q;
  logic [14:0]  p_bytes_d, p_bytes_q;
  logic         p_mcast_d, p_mcast_q;
  logic         p_vf_d, p_vf_q;
  logic         told_loop_d, told_loop_q; // with p or drop
  logic         drop_d, drop_q;
  logic         drop_off_d, drop_off_q;
  logic [3:0]   drop_queue_d, drop_queue_q;
  logic         rnbc_d, rnbc_q;
  logic         free_d, free_q;
  logic [10:0]  granules_d, granules_q;

  function automatic logic [3:0] lowest(input logic [15:0] mask);
    lowest = '0;
    for (int i = 15; i >= 0; i--) begin
      if (mask[i]) lowest = 4'(i);
    end
  endfunction

  function automatic logic [14:0] lesser(input logic [14:0] a, input logic [14:0] b);
    lesser = (a < b) ? a : b;
  endfunction

  ////////////////////////////
  // The frame in progress  //
  ////////////////////////////

  logic [14:0] cur_len, cur_host; // stored, and what the host gets
  logic [15:0] cur_start;
  logic        cur_strip, cur_put;

  always_comb begin
    cur_start = loop_q ? loop_start_i : frame_start_i;
    cur_len = loop_q ? loop_len_i : frame_len_i;
    cur_strip = loop_q ? loop_strip_tag_i : frame_extra_i[nic_82576_pkg::RxExtraStripTag];
    cur_put = loop_q && loop_put_tag_i;
    cur_host = cur_len - (cur_strip ? TagLen : '0);
  end

  //////////////////////////////////////
  // What `sent` of this tick means   //
  //////////////////////////////////////

  logic        hit;      // the queue in progress restarts
  logic        through;  // the request is over
  logic        more;     // there is another piece
  logic        last;     // behind the descriptor the queue has all of the frame
  logic [14:0] behind;   // bytes in front of what comes then
  logic        piece;    // the next piece is asked for
  logic        finish;   // the descriptor is done
  logic        ends;     // and the frame, for this queue
  logic [15:0] rest_of;  // queues left behind this one

  assign hit = restart_i[queue_q];
  assign through = sent_i && (state_q != RxqIdle);
  assign more = (here_q != chunk_q) || (then_q != '0);
  assign behind = off_q + chunk_q;
  assign last = (behind == cur_host);
  assign piece = sent_i && (state_q == RxqReq) && !hit && more;
  assign finish = sent_i && (state_q == RxqReq) && !hit && !more;
  assign ends = finish && last;
  assign rest_of = left_q & (left_q - 16'd1);

  ////////////////
  // Write-back //
  ////////////////

  logic [15:0]  csum, vlan;
  logic [7:0]   status, errors;
  logic [127:0] finish_wb;

  always_comb begin
    csum = frame_csum_i;
    vlan = frame_vlan_i;
    status = frame_status_i;
    errors = frame_errors_i;
    if (loop_q) begin
      csum = '0;
      vlan = loop_strip_tag_i ? {loop_tag_i[23:16], loop_tag_i[31:24]} : '0;
      status = '0;
      status[nic_82576_pkg::IGB_ARXD_STAT_VP_LSB] = loop_strip_tag_i;
      status[nic_82576_pkg::IGB_ARXD_STAT_PIF_LSB] = loop_pif_i;
      errors = '0;
    end

    finish_wb = '0;
    if (legacy_q) begin
      finish_wb[63:0] = base_q;
      finish_wb[nic_pkg::E1000_RXD_LENGTH_LSB+:16] = 16'(part_q);
      if (first_q) finish_wb[nic_pkg::E1000_RXD_CSUM_LSB+:16] = csum;
      finish_wb[nic_pkg::E1000_RXD_STAT_LSB+:8] = StaDd;
      if (last) begin
        finish_wb[nic_pkg::E1000_RXD_STAT_LSB+:8] = StaDd | StaEop | status;
        finish_wb[nic_pkg::E1000_RXD_ERR_LSB+:8] = errors;
        finish_wb[nic_pkg::E1000_RXD_SPECIAL_LSB+:16] = vlan;
      end
    end else begin
      finish_wb[nic_82576_pkg::IGB_ARXD_HDR_LEN_LSB+:nic_82576_pkg::IGB_ARXD_HDR_LEN_W] =
          nic_82576_pkg::IGB_ARXD_HDR_LEN_W'(lesser(hdr_len_q, HdrLenMax));
      finish_wb[nic_82576_pkg::IGB_ARXD_SPH_LSB] = sph_q;
      finish_wb[nic_82576_pkg::IGB_ARXD_LENGTH_LSB+:16] = 16'(part_q);
      finish_wb[ArxdStat+:8] = StaDd;
      if (last) begin
        finish_wb[ArxdStat+:8] = StaDd | StaEop | status;
        finish_wb[ArxdStat+nic_82576_pkg::IGB_ARXD_STAT_LB_LSB] = loop_q;
        finish_wb[ArxdErr+nic_82576_pkg::IGB_ARXD_ERR_W-8+:8] = errors;
        finish_wb[nic_82576_pkg::IGB_ARXD_VLAN_LSB+:16] = vlan;
        if (!loop_q) begin
          finish_wb[nic_82576_pkg::IGB_ARXD_RSS_TYPE_LSB+:4] =
              frame_extra_i[nic_82576_pkg::RxExtraType+:4];
          finish_wb[nic_82576_pkg::IGB_ARXD_PACKET_TYPE_LSB+:13] =
              frame_extra_i[nic_82576_pkg::RxExtraPacket+:13];
          if (pcsd_i) begin
            finish_wb[nic_82576_pkg::IGB_ARXD_HASH_LSB+:32] =
                frame_extra_i[nic_82576_pkg::RxExtraHash+:32];
          end else begin
            finish_wb[nic_82576_pkg::IGB_ARXD_CSUM_LSB+:16] = csum;
          end
        end
      end
      finish_wb[ArxdErr+nic_82576_pkg::IGB_ARXD_ERR_HBO_LSB] = hbo_q;
    end
  end

  ///////////////////////////////////////////////////////////////
  // Whose descriptor is next: by state and lists, not `sent`  //
  ///////////////////////////////////////////////////////////////

  logic        over;         // with `sent`, the frame in progress is finished
  logic        cand_new;     // a frame that is not begun
  logic        cand_valid;
  logic        rx_more, loop_more; // the list has a frame then
  logic        cand_loop;
  logic        rx_next, loop_next; // the candidate of the list is its second entry
  logic [15:0] cand_left;
  logic [3:0]  cand_queue;
  logic        cand_same;    // it is the queue of the descriptor that is over

  assign over = (state_q == RxqReq) && !more && last && (rest_of == '0);
  assign rx_next = over && !loop_q;
  assign loop_next = over && loop_q;

  always_comb begin
    rx_more = (frames_i != frames_q + 12'(rx_next));
    loop_more = (loops_i != loops_q + 10'(loop_next));
    cand_new = over || !busy_q;
    cand_valid = !cand_new || rx_more || loop_more;
    cand_loop = loop_q;
    cand_left = left_q;
    if (cand_new) begin
      cand_loop = loop_more && (!rx_more || !loop_q);
      if (cand_loop) begin
        cand_left = loop_next ? loop_next_queues_i : loop_queues_i;
      end else begin
        cand_left = rx_next ? next_extra_i[nic_82576_pkg::RxExtraQueues+:16] :
                              frame_extra_i[nic_82576_pkg::RxExtraQueues+:16];
      end
    end else if ((state_q == RxqReq) && !more && last) begin
      cand_left = rest_of;
    end
    cand_queue = lowest(cand_left);
    cand_same = (state_q == RxqReq) && (cand_queue == queue_q);
  end

  assign desc_queue_o = cand_queue;

  // The frame that it belongs to.
  logic [15:0] cand_start;
  logic [14:0] cand_len, cand_host, cand_hdr_len, cand_off;
  logic        cand_strip, cand_put;

  always_comb begin
    if (cand_loop) begin
      cand_start = loop_next ? loop_next_start_i : loop_start_i;
      cand_len = loop_next ? loop_next_len_i : loop_len_i;
      cand_hdr_len = '0;
      cand_strip = loop_next ? loop_next_strip_tag_i : loop_strip_tag_i;
      cand_put = loop_next ? loop_next_put_tag_i : loop_put_tag_i;
    end else begin
      cand_start = rx_next ? next_start_i : frame_start_i;
      cand_len = rx_next ? next_len_i : frame_len_i;
      cand_hdr_len = rx_next ? next_extra_i[nic_82576_pkg::RxExtraHdrLen+:15] :
                               frame_extra_i[nic_82576_pkg::RxExtraHdrLen+:15];
      cand_strip = rx_next ? next_extra_i[nic_82576_pkg::RxExtraStripTag] :
                             frame_extra_i[nic_82576_pkg::RxExtraStripTag];
      cand_put = 1'b0;
    end
    cand_host = cand_len - (cand_strip ? TagLen : '0);
    cand_off = off_q;
    if (state_q == RxqReq) cand_off = last ? '0 : behind;
  end

  ///////////////////////////////////////////////////
  // What becomes of it, and buffers of descriptor //
  ///////////////////////////////////////////////////

  logic         look;     // the queue is looked at in this tick
  logic         off;      // it is disabled or restarted
  logic         cached;   // a descriptor is there
  logic         take, drop_now, starve;
  logic [127:0] desc;
  logic [31:0]  srrctl;
  logic [2:0]   desctype;
  logic [7:0]   cand_taken;
  logic [16:0]  size;     // B
  logic [14:0]  room;     // H
  logic [14:0]  left, hdr, head, tail, part; // bytes
  logic         splits, split_all, too_long;

  always_comb begin
    look = ((state_q == RxqIdle) || finish) && en_i && cand_valid;
    off = gone_q || !enable_i[cand_queue] || restart_i[cand_queue];
    cand_taken = taken_q[8*cand_queue+:8] + 8'(cand_same);
    cached = may_i[cand_queue] && (filled_i[8*cand_queue+:8] != cand_taken);
    take = look && !off && cached;
    srrctl = srrctl_i[32*cand_queue+:32];
    drop_now = 1'b0;
    starve = 1'b0;
    if (look && !take && !through && rest_q == '0) begin
      if (off) begin
        drop_now = 1'b1;
      end else if (!may_i[cand_queue] || empty_i[cand_queue]) begin
        drop_now = srrctl[nic_82576_pkg::IGB_SRRCTL_DROP_EN_LSB] || qde_i[cand_queue];
        starve = !drop_now;
      end
    end

    desc = cand_same ? desc_next_i : desc_i;
    desctype = srrctl[nic_82576_pkg::IGB_SRRCTL_DESCTYPE_LSB+:3];
    size = {srrctl[nic_82576_pkg::IGB_SRRCTL_BSIZEPACKET_LSB+:7], 10'b0};
    if (size == '0) size = 17'd2048 >> bsize_i;
    room = {3'b0, srrctl[nic_82576_pkg::IGB_SRRCTL_BSIZEHEADER_LSB+:6], 6'b0};
    left = cand_host - cand_off;
    splits = (cand_off == '0) && (desctype == TypeSplit || desctype == TypeSplitAlways);
    split_all = (desctype == TypeSplitAlways);
    hdr = (cand_strip && cand_hdr_len != '0) ? cand_hdr_len - TagLen : cand_hdr_len;
    too_long = (hdr > room);
    head = '0;
    if (splits) begin
      if (hdr != '0 && !too_long) head = hdr;
      else if (split_all) head = lesser(left, room);
    end
    tail = left - head;
    part = (17'(tail) < size) ? tail : 15'(size);
  end

  ////////////////////////////////
  // The request of a piece     //
  ////////////////////////////////

  logic [14:0] ask_off, ask_here, ask_end, ask_at;
  logic [15:0] ask_start;
  logic        ask_strip, ask_put, ask_loop, ask_imm;
  logic [3:0]  ask_queue;
  logic [14:0] ask_chunk;
  logic [16:0] ask_sum, ask_bytes;
  logic [63:0] ask_addr;

  always_comb begin
    if (piece) begin
      ask_off = behind;
      ask_here = (here_q != chunk_q) ? here_q - chunk_q : then_q;
      ask_addr = (here_q != chunk_q) ? addr_q + 64'(chunk_q) : base_q;
      ask_start = cur_start;
      ask_strip = cur_strip;
      ask_put = cur_put;
      ask_loop = loop_q;
      ask_queue = queue_q;
    end else begin
      ask_off = cand_off;
      ask_here = (head != '0) ? head : part;
      ask_addr = (head != '0) ? {desc[127:65], 1'b0} : desc[63:0];
      ask_start = cand_start;
      ask_strip = cand_strip;
      ask_put = cand_put;
      ask_loop = cand_loop;
      ask_queue = cand_queue;
    end
    ask_end = '1;
    ask_at = ask_off;
    ask_imm = 1'b0;
    if (ask_strip || ask_put) begin
      if (ask_off < TagAt) begin
        ask_end = TagAt;
      end else if (!ask_strip && ask_off < TagEnd) begin
        ask_end = TagEnd;
        ask_imm = 1'b1;
      end else if (ask_strip && !ask_put) begin
        ask_at = ask_off + TagLen;
      end else if (!ask_strip) begin
        ask_at = ask_off - TagLen;
      end
    end
    ask_chunk = lesser(ask_here, ask_end - ask_off);
    ask_bytes = ask_loop ? tx_bytes_i : rx_bytes_i;
    ask_sum = 17'(ask_start) + 17'(ask_at);
  end

  ////////////////
  // Next state //
  ////////////////

  logic        frame_over; // a frame is finished in this tick
  logic        over_loop;  // it is one of the switch
  logic [15:0] left_after; // of it, behind a drop

  always_comb begin
    state_d = state_q;
    busy_d = busy_q;
    loop_d = loop_q;
    queue_d = queue_q;
    left_d = left_q;
    starved_d = starved_q;
    gone_d = gone_q;
    rest_d = (rest_q != '0) ? rest_q - 2'd1 : '0;
    frames_d = frames_q;
    loops_d = loops_q;
    taken_d = taken_q;
    off_d = off_q;
    chunk_d = chunk_q;
    here_d = here_q;
    then_d = then_q;
    part_d = part_q;
    legacy_d = legacy_q;
    first_d = first_q;
    sph_d = sph_q;
    hbo_d = hbo_q;
    hdr_len_d = hdr_len_q;
    base_d = base_q;
    addr_d = addr_q;
    req_off_d = req_off_q;
    func_d = func_q;
    imm_d = imm_q;
    done_d = 1'b0;
    done_eop_d = done_eop_q;
    done_lli_d = done_lli_q;
    done_queue_d = done_queue_q;
    wb_d = wb_q;
    p_d = 1'b0;
    p_len_d = p_len_q;
    p_bytes_d = p_bytes_q;
    p_mcast_d = p_mcast_q;
    p_vf_d = p_vf_q;
    told_loop_d = told_loop_q;
    drop_d = 1'b0;
    drop_off_d = drop_off_q;
    drop_queue_d = drop_queue_q;
    rnbc_d = 1'b0;
    free_d = 1'b0;
    granules_d = granules_q;
    frame_over = 1'b0;
    over_loop = loop_q;
    left_after = '0;

    // Its descriptors are gone.
    if (hit) begin
      if (state_q == RxqReq) state_d = RxqStale;
      if (off_q != '0) gone_d = 1'b1;
    end
    if (through) begin
      state_d = RxqIdle;
      if (state_q == RxqStale || hit) gone_d = 1'b1;
    end
    if (finish) begin
      done_d = 1'b1;
      done_eop_d = last;
      done_lli_d = last && !legacy_q && !loop_q && frame_extra_i[nic_82576_pkg::RxExtraLli];
      done_queue_d = queue_q;
      wb_d = finish_wb;
      taken_d[8*queue_q+:8] = taken_q[8*queue_q+:8] + 8'd1;
      off_d = last ? '0 : behind;
    end
    if (ends) begin
      p_d = 1'b1;
      p_len_d = cur_len;
      p_bytes_d = cur_len;
      if (loop_q || frame_extra_i[nic_82576_pkg::RxExtraStripFcs]) begin
        p_bytes_d = cur_len + 15'(nic_pkg::FcsBytes);
      end
      p_mcast_d = loop_q ? loop_mcast_i : frame_extra_i[nic_82576_pkg::RxExtraMcast];
      p_vf_d = there_i[queue_q[2:0]];
      told_loop_d = loop_q;
      starved_d = 1'b0;
      left_d = rest_of;
      if (rest_of == '0) begin
        busy_d = 1'b0;
        frame_over = 1'b1;
      end else begin
        queue_d = lowest(rest_of);
      end
    end

    // The frame behind it, or the one that waits.
    if (look) begin
      busy_d = 1'b1;
      loop_d = cand_loop;
      left_d = cand_left;
      queue_d = cand_queue;
    end
    if (piece || take) begin
      state_d = RxqReq;
      off_d = ask_off;
      chunk_d = ask_chunk;
      here_d = ask_here;
      then_d = '0;
      addr_d = ask_addr;
      req_off_d = 16'((ask_sum >= ask_bytes) ? ask_sum - ask_bytes : ask_sum);
      func_d = func_i[8*ask_queue+:8];
      imm_d = ask_imm;
    end
    if (piece && here_q != chunk_q) then_d = then_q;
    if (take) begin
      then_d = (head != '0) ? part : '0;
      part_d = part;
      legacy_d = (desctype == TypeLegacy);
      first_d = (cand_off == '0);
      sph_d = splits && cand_hdr_len != '0;
      hbo_d = splits && too_long;
      hdr_len_d = !splits ? '0 : ((hdr == '0 || too_long) && split_all) ? head : hdr;
      base_d = desc[63:0];
    end
    if (starve) begin
      rnbc_d = !starved_q;
      starved_d = 1'b1;
    end
    if (drop_now) begin
      drop_d = 1'b1;
      drop_queue_d = cand_queue;
      drop_off_d = off;
      told_loop_d = cand_loop;
      starved_d = 1'b0;
      gone_d = 1'b0;
      off_d = '0;
      left_after = cand_left & (cand_left - 16'd1);
      left_d = left_after;
      queue_d = lowest(left_after);
      if (left_after == '0) begin
        busy_d = 1'b0;
        frame_over = 1'b1;
        over_loop = cand_loop;
      end
    end
    if (frame_over) begin
      rest_d = Rest;
      if (over_loop) begin
        loops_d = loops_q + 10'd1;
      end else begin
        frames_d = frames_q + 12'd1;
        free_d = 1'b1;
        granules_d = frame_granules_i;
      end
    end

    for (int unsigned q = 0; q < nic_82576_pkg::Queues; q++) begin
      if (restart_i[q]) taken_d[8*q+:8] = '0;
    end

    if (reset_i) begin
      state_d = RxqIdle;
      busy_d = 1'b0;
      loop_d = 1'b1;
      left_d = '0;
      starved_d = 1'b0;
      gone_d = 1'b0;
      rest_d = '0;
      frames_d = '0;
      loops_d = '0;
      taken_d = '0;
      off_d = '0;
      chunk_d = '0;
      done_d = 1'b0;
      p_d = 1'b0;
      drop_d = 1'b0;
      rnbc_d = 1'b0;
      free_d = 1'b0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= RxqIdle;
      busy_q <= 1'b0;
      loop_q <= 1'b1; // so a received frame is first
      queue_q <= '0;
      left_q <= '0;
      starved_q <= 1'b0;
      gone_q <= 1'b0;
      rest_q <= '0;
      frames_q <= '0;
      loops_q <= '0;
      taken_q <= '0;
      off_q <= '0;
      chunk_q <= '0;
      here_q <= '0;
      then_q <= '0;
      part_q <= '0;
      legacy_q <= 1'b0;
      first_q <= 1'b0;
      sph_q <= 1'b0;
      hbo_q <= 1'b0;
      hdr_len_q <= '0;
      base_q <= '0;
      addr_q <= '0;
      req_off_q <= '0;
      func_q <= '0;
      imm_q <= 1'b0;
      done_q <= 1'b0;
      done_eop_q <= 1'b0;
      done_lli_q <= 1'b0;
      done_queue_q <= '0;
      wb_q <= '0;
      p_q <= 1'b0;
      p_len_q <= '0;
      p_bytes_q <= '0;
      p_mcast_q <= 1'b0;
      p_vf_q <= 1'b0;
      told_loop_q <= 1'b0;
      drop_q <= 1'b0;
      drop_off_q <= 1'b0;
      drop_queue_q <= '0;
      rnbc_q <= 1'b0;
      free_q <= 1'b0;
      granules_q <= '0;
    end else begin
      state_q <= state_d;
      busy_q <= busy_d;
      loop_q <= loop_d;
      queue_q <= queue_d;
      left_q <= left_d;
      starved_q <= starved_d;
      gone_q <= gone_d;
      rest_q <= rest_d;
      frames_q <= frames_d;
      loops_q <= loops_d;
      taken_q <= taken_d;
      off_q <= off_d;
      chunk_q <= chunk_d;
      here_q <= here_d;
      then_q <= then_d;
      part_q <= part_d;
      legacy_q <= legacy_d;
      first_q <= first_d;
      sph_q <= sph_d;
      hbo_q <= hbo_d;
      hdr_len_q <= hdr_len_d;
      base_q <= base_d;
      addr_q <= addr_d;
      req_off_q <= req_off_d;
      func_q <= func_d;
      imm_q <= imm_d;
      done_q <= done_d;
      done_eop_q <= done_eop_d;
      done_lli_q <= done_lli_d;
      done_queue_q <= done_queue_d;
      wb_q <= wb_d;
      p_q <= p_d;
      p_len_q <= p_len_d;
      p_bytes_q <= p_bytes_d;
      p_mcast_q <= p_mcast_d;
      p_vf_q <= p_vf_d;
      told_loop_q <= told_loop_d;
      drop_q <= drop_d;
      drop_off_q <= drop_off_d;
      drop_queue_q <= drop_queue_d;
      rnbc_q <= rnbc_d;
      free_q <= free_d;
      granules_q <= granules_d;
    end
  end

  /////////////
  // Outputs //
  /////////////

  assign frames_o = frames_q;
  assign free_o = free_q;
  assign granules_o = granules_q;
  assign loops_o = loops_q;
  assign taken_o = taken_q;
  assign done_o = done_q;
  assign done_queue_o = done_queue_q;
  assign done_eop_o = done_eop_q;
  assign done_lli_o = done_lli_q;
  assign done_wb_o = wb_q;
  assign p_o = p_q;
  assign p_queue_o = done_queue_q;
  assign p_len_o = p_len_q;
  assign p_bytes_o = p_bytes_q;
  assign p_loop_o = told_loop_q;
  assign p_mcast_o = p_mcast_q;
  assign p_vf_o = p_vf_q;
  assign drop_o = drop_q;
  assign drop_queue_o = drop_queue_q;
  assign drop_off_o = drop_off_q;
  assign drop_loop_o = told_loop_q;
  assign rnbc_o = rnbc_q;
  assign starved_o = starved_q;
  assign req_valid_o = (state_q != RxqIdle);
  assign req_func_o = func_q;
  assign req_queue_o = queue_q;
  assign req_addr_o = addr_q;
  assign req_len_o = chunk_q;
  assign req_off_o = req_off_q;
  assign req_loop_o = loop_q;
  assign req_imm_en_o = imm_q;
  assign req_imm_o = loop_tag_i;

  logic unused_bits;
  assign unused_bits = ^{frame_extra_i, next_extra_i, srrctl, desc[64]};

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && !reset_i) begin
      // A frame that is listed goes somewhere.
      Queues_A: assert (!look || cand_left != '0);
      // One thing is told at a time.
      Told_A:   assert (!p_q || !drop_q);
    end
  end
`endif

endmodule
