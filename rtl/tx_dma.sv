// SPDX-License-Identifier: Apache-2.0
// Takes transmit descriptors, reads their payload from the host, puts it into the packet buffer
// and lists frames there for mac_tx. Twin of model/tx_dma.c. Parts: tx_issue takes descriptors and
// asks, tx_assemble stores what comes; here are the entries between the two, and the landing.
//
// Cycle contract: a descriptor visible in cycle c, with room, is taken in tick c and its request
// visible in c+1. The last completion beat of a request in cycle e: in tick e + TxFinishCyc it
// lands, the frame that it finishes is listed (put_o); visible one cycle later: the completed
// descriptor and W. Entries without data land in the tick after those before them. With segments
// there is a bound on the ticks that copies take: docs/cycle-contract.md, "Transmit path".
//
// A frame is stored as it came from the host (headers of segments edited); the checksums, the tag
// and the length with padding are in its list entry, and mac_tx puts them in.
//
// tx_wready_i: the bound allows for three words that have to wait a cycle, until there has been no
// word for 40 cycles. A frame that is late all the same waits (Late_A).
// The strap Igb makes it the engine of tx_dma_82576.sv, which decides who takes and decodes: restart_i
// is not used then, the signals marked 82576 are. See there.
// Known differences: the C model stores the finished frame, whole, when it lands.
module tx_dma #(
  parameter bit          Igb = 1'b0,
  parameter int unsigned FrameMax = nic_pkg::FrameMax // without FCS
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         reset_i,   // CTRL.RST: to the reset state in this tick
  input  logic         restart_i, // of the ring
  input  logic         en_i,
  // ring: descriptors in the cache, descriptor taken_o
  input  logic [7:0]   filled_i,
  input  logic [127:0] desc_i,
  output logic [7:0]   taken_o,
  output logic         done_o,
  output logic         done_eop_o,
  output logic         done_rs_o,
  output logic         done_ide_o,
  output logic [127:0] done_wb_o,
  // timers
  output logic         w_o,
  output logic         w_rs_o,
  output logic         w_ide_o,
  // stats
  output logic         tsc_o,
  output logic         tsc_bad_o,
  // host port
  output logic         req_valid_o,
  output logic [63:0]  req_addr_o,
  output logic [14:0]  req_len_o,
  input  logic         sent_i,
  input  logic [14:0]  sent_bytes_i, // of the request that have gone out
  // payload beats of the completions
  input  logic         cpl_valid_i,
  input  logic         cpl_eop_i,
  input  logic [12:0]  cpl_len_i,
  input  logic [63:0]  cpl_data_i,
  // regs
  input  logic         vme_i,
  input  logic         psp_i,
  input  logic [15:0]  vet_i,
  // packet buffer: transmit region, write port
  input  logic [12:0]  tx_cap_i,
  output logic         tx_we_o,
  output logic [12:0]  tx_waddr_o,
  output logic [63:0]  tx_wdata_o,
  input  logic         tx_wready_i,
  // packet buffer: a frame is listed in this tick
  output logic         put_o,
  output logic [11:0]  put_start_o,    // first data granule
  output logic [14:0]  put_len_o,      // bytes on the wire, with FCS only when it is not added
  output logic [14:0]  put_raw_len_o,  // bytes stored
  output logic [10:0]  put_granules_o,
  output logic         put_add_fcs_o,
  output logic         put_tag_en_o,
  output logic [15:0]  put_tag_o,
  output logic [15:0]  put_vet_o,
  output logic         put_ip_en_o,
  output logic [7:0]   put_ip_off_o,
  output logic [15:0]  put_ip_val_o,
  output logic         put_tu_en_o,    // behind the other where they overlap
  output logic [7:0]   put_tu_off_o,
  output logic [15:0]  put_tu_val_o,
  // mac_tx
  output logic [9:0]   frames_o,       // frames listed (free running)
  input  logic [9:0]   listed_i,       // frames taken
  input  logic [12:0]  freed_i,        // granules given back
  // meters, idle
  output logic         frame_o,
  output logic         busy_o,
  // 82576: the descriptor (tx_issue), its queue, queues that restart, the tag that the pool of the
  // queue put_queue_o puts into its frames whatever they say
  input  logic         abort_i,
  input  logic [15:0]  mute_i,
  input  logic         drain_i,
  input  logic         adv_context_i,
  input  logic         adv_none_i,
  input  logic         adv_tse_i,
  input  logic [1:0]   adv_popts_i,
  input  logic [15:0]  adv_tag_i,
  input  logic [127:0] adv_ctx_i,
  input  logic [7:0]   func_i,
  input  logic [3:0]   queue_i,
  output logic         take_o,
  output logic         take_end_o,
  output logic         take_bad_o,
  output logic [7:0]   take_copy_o,
  output logic [7:0]   req_func_o,
  output logic [3:0]   req_queue_o,
  output logic [3:0]   done_queue_o,
  input  logic         pool_tag_en_i,
  input  logic [15:0]  pool_tag_i,
  output logic [15:0]  waits_o,        // queues with bytes that have not come
  output logic [3:0]   put_queue_o,
  output logic [127:0] put_head_o    // the first bytes stored
);

  localparam int unsigned Entries = nic_pkg::TxEntries;
  localparam int unsigned EntryW = $clog2(Entries);
  localparam int unsigned Reads = nic_pkg::TxReads;
  localparam int unsigned ReadW = $clog2(Reads);
  localparam int unsigned Finish = nic_pkg::TxFinishCyc;
  localparam int unsigned WorkW = 10; // ticks of a copy: 2048 bytes and a header
  localparam logic [3:0]  StaDd = 4'b1 << nic_pkg::E1000_TXD_STAT_DD_LSB;
  localparam int unsigned StatAt = nic_pkg::E1000_TXD_STAT_LSB;
  localparam logic [14:0] MinNoFcs = 15'(nic_pkg::FrameMin - nic_pkg::FcsBytes);
  localparam logic [14:0] TagAt = 15'(nic_pkg::TypeAt);
  localparam logic [14:0] TagLen = 15'(nic_pkg::TagLen);

  ////////////////
  // Issue side //
  ////////////////

  logic         room, cut, pop;
  logic         issue, issue_data, issue_hdr, issue_begins, issue_desc_end, issue_eop, issue_rs;
  logic         issue_ide, issue_tsc, issue_tsc_bad, issue_closes, issue_ifcs, issue_vle, issue_tu;
  logic         issue_tse, issue_last;
  logic [1:0]   issue_popts;
  logic [11:0]  issue_len, issue_start;
  logic [14:0]  issue_off, issue_total;
  logic [10:0]  issue_granules;
  logic [15:0]  issue_special, issue_seg_len;
  logic [127:0] issue_ctx;
  logic [7:0]   issue_hdrlen;
  logic [12:0]  land_alloc_d, land_alloc_q; // granules of the frames listed (free running)
  logic [11:0]  land_pos_d, land_pos_q;     // granule behind the last of them

  tx_issue #(
    .Igb            (Igb),
    .FrameMax       (FrameMax)
  ) u_issue (
    .clk_i,
    .rst_ni,
    .reset_i,
    .restart_i,
    .en_i,
    .room_i         (room),
    .filled_i,
    .desc_i,
    .taken_o,
    .abort_i,
    .drain_i,
    .adv_context_i,
    .adv_none_i,
    .adv_tse_i,
    .adv_popts_i,
    .adv_tag_i,
    .adv_ctx_i,
    .func_i,
    .take_o,
    .take_end_o,
    .take_bad_o,
    .take_copy_o,
    .tx_cap_i,
    .freed_i,
    .land_alloc_i   (land_alloc_q),
    .land_pos_i     (land_pos_q),
    .sent_i,
    .req_valid_o,
    .req_addr_o,
    .req_len_o,
    .req_func_o,
    .queue_i,
    .req_queue_o,
    .put_o          (issue),
    .put_data_o     (issue_data),
    .put_len_o      (issue_len),
    .put_off_o      (issue_off),
    .put_hdr_o      (issue_hdr),
    .put_begins_o   (issue_begins),
    .put_desc_end_o (issue_desc_end),
    .put_eop_o      (issue_eop),
    .put_rs_o       (issue_rs),
    .put_ide_o      (issue_ide),
    .put_tsc_o      (issue_tsc),
    .put_tsc_bad_o  (issue_tsc_bad),
    .put_closes_o   (issue_closes),
    .put_start_o    (issue_start),
    .put_granules_o (issue_granules),
    .put_total_o    (issue_total),
    .put_ifcs_o     (issue_ifcs),
    .put_vle_o      (issue_vle),
    .put_special_o  (issue_special),
    .put_tu_o       (issue_tu),
    .put_tse_o      (issue_tse),
    .put_popts_o    (issue_popts),
    .put_ctx_o      (issue_ctx),
    .put_seg_len_o  (issue_seg_len),
    .put_last_o     (issue_last)
  );

  assign issue_hdrlen = issue_ctx[nic_pkg::E1000_TXC_HDRLEN_LSB+:8];

  // What has been asked for will come back over a reset; of a request at the port a part.
  assign cut = reset_i && req_valid_o;
  assign pop = cut && sent_bytes_i == '0;

  /////////////
  // Entries //
  /////////////

  typedef struct packed {
    logic        data;
    logic        desc_end;
    logic        eop;
    logic        rs;
    logic        ide;
    logic        tsc;
    logic        tsc_bad;
    logic        closes;
    logic [11:0] start;
    logic [10:0] granules;
    logic [14:0] total;
    logic        ifcs;
    logic        vle;
    logic [15:0] special;
    logic        tu;
  } entry_t;

  entry_t             issued, e;
  logic [127:0]       e_desc;
  // Vectors: Yosys takes an array of structs for one struct.
  logic [$bits(e)-1:0] entries [Entries];
  logic [127:0]       descs [Entries];
  logic [EntryW:0]    put_d, put_q, get_d, get_q;
  logic [Entries-1:0] drop_d, drop_q; // reset or restart: nobody wants it any more

  assign issued = {issue_data, issue_desc_end, issue_eop, issue_rs, issue_ide, issue_tsc,
                   issue_tsc_bad, issue_closes, issue_start, issue_granules, issue_total,
                   issue_ifcs, issue_vle, issue_special, issue_tu};

  always_ff @(posedge clk_i) begin
    if (issue) entries[put_q[EntryW-1:0]] <= issued;
    if (issue) descs[put_q[EntryW-1:0]] <= desc_i;
  end
  assign e = entries[get_q[EntryW-1:0]];
  assign e_desc = descs[get_q[EntryW-1:0]];

  // 82576: whose they are. Of a queue that has restarted nothing is told to its ring.
  logic [4*Entries-1:0] queues_d, queues_q;
  logic [Entries-1:0]   mute_d, mute_q;
  logic [3:0]           queue;
  logic                 mute;

  always_comb begin
    queues_d = queues_q;
    mute_d = mute_q;
    for (int unsigned i = 0; i < Entries; i++) begin
      if (mute_i[queues_q[4*i+:4]]) mute_d[i] = 1'b1;
    end
    queue = queues_q[4*get_q[EntryW-1:0]+:4];
    mute = mute_d[get_q[EntryW-1:0]];
    if (issue) begin
      queues_d[4*put_q[EntryW-1:0]+:4] = queue_i;
      mute_d[put_q[EntryW-1:0]] = 1'b0;
    end
  end

  //////////////////////////
  // Data on their way in //
  //////////////////////////

  logic             push, arrived, flush;
  logic [ReadW:0]   copied, landed_d, landed_q; // reads (free running)
  logic             ip_en, tu_en;
  logic [7:0]       ip_off, tu_off;
  logic [15:0]      ip_val, tu_val;
  logic [127:0]     head;

  assign push = issue && issue_data;
  assign flush = reset_i || restart_i;

  tx_assemble #(
    .Igb            (Igb)
  ) u_assemble (
    .clk_i,
    .rst_ni,
    .tx_cap_i,
    .push_i         (push),
    .push_len_i     (issue_len),
    .push_off_i     (issue_off),
    .push_hdr_i     (issue_hdr),
    .push_begins_i  (issue_begins),
    .push_closes_i  (issue_closes),
    .push_start_i   (issue_start),
    .push_tse_i     (issue_tse),
    .push_popts_i   (issue_popts),
    .push_ctx_i     (issue_ctx),
    .push_seg_len_i (issue_seg_len),
    .push_last_i    (issue_last),
    .flush_i        (flush),
    .cut_i          (cut),
    .cut_len_i      (sent_bytes_i[11:0]),
    .cpl_valid_i,
    .cpl_eop_i,
    .cpl_len_i,
    .cpl_data_i,
    .arrived_o      (arrived),
    .tx_we_o,
    .tx_waddr_o,
    .tx_wdata_o,
    .tx_wready_i,
    .copied_o       (copied),
    .res_slot_i     (landed_q[ReadW-1:0]),
    .ip_en_o        (ip_en),
    .ip_off_o       (ip_off),
    .ip_val_o       (ip_val),
    .tu_en_o        (tu_en),
    .tu_off_o       (tu_off),
    .tu_val_o       (tu_val),
    .head_o         (head)
  );

  //////////////////////////////////////////////////////////////////////////////
  // When reads may land: the delay behind their last beat, and the bound for //
  // the copier, counted from the later of the issue of a read and the same   //
  // of the read before. Goes on over restart and reset.                      //
  //////////////////////////////////////////////////////////////////////////////

  logic [WorkW-1:0]  works [Reads];
  logic [WorkW-1:0]  work, age_d, age_q;    // ticks since then
  logic [ReadW:0]    asked_d, asked_q;      // reads
  logic [ReadW:0]    through_d, through_q;  // those that may land
  logic [ReadW:0]    ready_d, ready_q;      // reads whose delay is over
  logic [Finish-1:0] late_d, late_q;        // last beats on their way through the delay
  logic              through;

  always_comb begin
    work = WorkW'((13'(issue_len) + 13'd7) >> 3) + WorkW'(1);
    if (issue_tse && issue_begins) begin
      work = WorkW'((13'(issue_len) + 13'd7) >> 3) + WorkW'((9'(issue_hdrlen) + 9'd7) >> 3) +
             WorkW'(nic_pkg::TxHeaderCyc);
    end
    late_d = {late_q[Finish-2:0], arrived};
    ready_d = late_q[Finish-1] ? ready_q + (ReadW+1)'(1) : ready_q;
    through = through_q != ready_d && age_q >= works[through_q[ReadW-1:0]];
    through_d = through ? through_q + (ReadW+1)'(1) : through_q;
    age_d = (age_q == '1) ? age_q : age_q + WorkW'(1);
    if (through || through_q == asked_q) age_d = WorkW'(1);
    asked_d = push ? asked_q + (ReadW+1)'(1) : asked_q;
    if (pop) asked_d = asked_q - (ReadW+1)'(1);
  end

  always_ff @(posedge clk_i) begin
    if (push) works[asked_q[ReadW-1:0]] <= work;
  end

  // Reads that are not answered whole, of these queues.
  logic [4*Reads-1:0] asker_d, asker_q;
  logic [ReadW:0]     whole_d, whole_q; // reads whose last beat has come
  logic [ReadW:0]     at;

  always_comb begin
    asker_d = asker_q;
    if (push) asker_d[4*asked_q[ReadW-1:0]+:4] = queue_i;
    whole_d = arrived ? whole_q + (ReadW+1)'(1) : whole_q;
    waits_o = '0;
    at = whole_d;
    for (int unsigned i = 0; i < Reads; i++) begin
      if (at != asked_q) begin
        waits_o[asker_q[4*at[ReadW-1:0]+:4]] = 1'b1;
        at = at + (ReadW+1)'(1);
      end
    end
  end

  //////////////////
  // Landing side //
  //////////////////

  logic            valid, drop, full, land, takes;
  logic [9:0]      frames_d, frames_q, waiting;
  logic [EntryW:0] used, put_behind;
  logic [ReadW:0]  reads;

  always_comb begin
    valid = get_q != put_q && !reset_i;
    drop = drop_q[get_q[EntryW-1:0]] || restart_i;
    waiting = frames_q - listed_i;
    full = e.closes && !drop && waiting >= 10'(nic_pkg::TxFramesMax);
    takes = e.data && through_d == landed_q; // its data are not in yet
    land = valid && !takes && !full && !(e.data && !drop && copied == landed_q);
    get_d = land ? get_q + (EntryW+1)'(1) : get_q;
    landed_d = (land && e.data) ? landed_q + (ReadW+1)'(1) : landed_q;
    put_behind = put_q + (EntryW+1)'(1);
    put_d = issue ? put_behind : put_q;
    if (pop) put_d = put_q - (EntryW+1)'(1);
    drop_d = drop_q;
    if (issue) drop_d[put_q[EntryW-1:0]] = 1'b0;
    if (flush) drop_d = '1;
    used = put_q - get_d;
    reads = asked_q - landed_d;
    room = used < (EntryW+1)'(Entries) && reads < (ReadW+1)'(Reads);
  end

  // The checksums of a frame are those of its last data; the entry that closes it may have none.
  logic        ip_en_d, ip_en_q, tu_en_d, tu_en_q;
  logic [7:0]  ip_off_d, ip_off_q, tu_off_d, tu_off_q;
  logic [15:0] ip_val_d, ip_val_q, tu_val_d, tu_val_q;
  logic [127:0] head_d, head_q;
  logic        wanted, tag;
  logic [14:0] len;

  always_comb begin
    {ip_en_d, ip_off_d, ip_val_d} = {ip_en_q, ip_off_q, ip_val_q};
    {tu_en_d, tu_off_d, tu_val_d} = {tu_en_q, tu_off_q, tu_val_q};
    head_d = head_q;
    if (e.data) begin
      head_d = head;
      {ip_en_d, ip_off_d, ip_val_d} = {ip_en, ip_off, ip_val};
      {tu_en_d, tu_off_d, tu_val_d} = {tu_en, tu_off, tu_val};
    end
    tag = ((e.vle && vme_i) || (Igb && pool_tag_en_i)) && e.total >= TagAt;
    len = tag ? e.total + TagLen : e.total;
    if (psp_i && len < MinNoFcs) len = MinNoFcs;
  end

  assign wanted = land && !drop;
  assign put_o = wanted && e.closes;
  assign put_start_o = e.start;
  assign put_len_o = len;
  assign put_raw_len_o = e.total;
  assign put_granules_o = e.granules;
  assign put_add_fcs_o = e.ifcs || tag;
  assign put_tag_en_o = tag;
  assign put_tag_o = (Igb && pool_tag_en_i) ? pool_tag_i : e.special;
  assign put_vet_o = vet_i;
  assign put_ip_en_o = ip_en_d;
  assign put_ip_off_o = ip_off_d;
  assign put_ip_val_o = ip_val_d;
  assign put_tu_en_o = tu_en_d && e.tu;
  assign put_tu_off_o = tu_off_d;
  assign put_tu_val_o = tu_val_d;
  assign put_queue_o = queue;
  assign put_head_o = head_d;

  ////////////////
  // Next state //
  ////////////////

  logic         done_d, done_q, eop_q, rs_q, ide_q, w_d, w_q, tsc_d, tsc_q, tsc_bad_q;
  logic         frame_q;
  logic [3:0]   done_queue_q;
  logic [127:0] wb_d, wb_q;
  logic [12:0]  pos;

  always_comb begin
    frames_d = put_o ? frames_q + 10'd1 : frames_q;
    land_alloc_d = put_o ? land_alloc_q + 13'(e.granules) : land_alloc_q;
    pos = 13'(e.start) + 13'(e.granules) - 13'd1;
    if (pos >= tx_cap_i) pos = pos - tx_cap_i;
    land_pos_d = put_o ? pos[11:0] : land_pos_q;
    done_d = wanted && e.desc_end && !(Igb && mute);
    w_d = !Igb && done_d && (e.rs || e.ide);
    tsc_d = wanted && e.tsc;
    wb_d = e_desc;
    wb_d[StatAt+:4] = StaDd;
    if (reset_i) begin
      frames_d = '0;
      land_alloc_d = '0;
      land_pos_d = '0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      put_q <= '0;
      get_q <= '0;
      drop_q <= '0;
      queues_q <= '0;
      asker_q <= '0;
      whole_q <= '0;
      mute_q <= '0;
      asked_q <= '0;
      through_q <= '0;
      ready_q <= '0;
      late_q <= '0;
      age_q <= '0;
      landed_q <= '0;
      frames_q <= '0;
      land_alloc_q <= '0;
      land_pos_q <= '0;
      {ip_en_q, ip_off_q, ip_val_q} <= '0;
      {tu_en_q, tu_off_q, tu_val_q} <= '0;
      head_q <= '0;
      done_q <= 1'b0;
      eop_q <= 1'b0;
      done_queue_q <= '0;
      rs_q <= 1'b0;
      ide_q <= 1'b0;
      wb_q <= '0;
      w_q <= 1'b0;
      tsc_q <= 1'b0;
      tsc_bad_q <= 1'b0;
      frame_q <= 1'b0;
    end else begin
      put_q <= put_d;
      get_q <= get_d;
      drop_q <= drop_d;
      queues_q <= queues_d;
      asker_q <= asker_d;
      whole_q <= whole_d;
      mute_q <= mute_d;
      asked_q <= asked_d;
      through_q <= through_d;
      ready_q <= ready_d;
      late_q <= late_d;
      age_q <= age_d;
      landed_q <= landed_d;
      frames_q <= frames_d;
      land_alloc_q <= land_alloc_d;
      land_pos_q <= land_pos_d;
      if (wanted) begin
        {ip_en_q, ip_off_q, ip_val_q} <= {ip_en_d, ip_off_d, ip_val_d};
        {tu_en_q, tu_off_q, tu_val_q} <= {tu_en_d, tu_off_d, tu_val_d};
        head_q <= head_d;
      end
      done_q <= done_d;
      w_q <= w_d;
      tsc_q <= tsc_d;
      frame_q <= put_o;
      if (done_d) begin
        eop_q <= e.eop;
        done_queue_q <= queue;
        rs_q <= e.rs;
        ide_q <= e.ide;
        wb_q <= wb_d;
      end
      if (tsc_d) tsc_bad_q <= e.tsc_bad;
    end
  end

  /////////////
  // Outputs //
  /////////////

  assign done_o = done_q;
  assign done_eop_o = eop_q;
  assign done_queue_o = done_queue_q;
  assign done_rs_o = rs_q;
  assign done_ide_o = ide_q;
  assign done_wb_o = wb_q;
  assign w_o = w_q;
  assign w_rs_o = rs_q;
  assign w_ide_o = ide_q;
  assign tsc_o = tsc_q;
  assign tsc_bad_o = tsc_bad_q;
  assign frames_o = frames_q;
  assign frame_o = frame_q;
  assign busy_o = get_q != put_q;

  logic unused_sent;
  assign unused_sent = ^sent_bytes_i[14:12];

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      // Whatever lands is in the packet buffer.
      Late_A: assert (!(valid && !takes && e.data && !drop && copied == landed_q));
    end
  end
`endif

endmodule
