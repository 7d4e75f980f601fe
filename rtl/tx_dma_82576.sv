// SPDX-License-Identifier: Apache-2.0
// Transmit DMA of the 82576: tx_dma with its strap, and what this device has around it: queues that
// take packets in turn as tx_sched says, advanced descriptors, packets that are drained, tags of
// pools, the head of a frame for the switch. Twin of tx_dma_tick_82576() in model/tx_dma.c.
//
// Cycle contract: docs/cycle-contract-82576.md, "Transmit path". filled_i, desc_i and func_i are those
// of queue queue_i, desc_i its descriptor taken_o. pkts_o and cost_o change when all of a packet is
// taken. Events are flops that are 1 for a cycle.
// Known differences: that of tx_dma.sv. Packets are counted modulo 2. cost_o while a packet is being
// taken: from its first tick on, in the C when it is visited.
module tx_dma_82576 #(
  localparam int unsigned Queues = nic_82576_pkg::Queues,
  localparam int unsigned Pools = nic_82576_pkg::Pools,
  localparam int unsigned QueueW = $clog2(Queues)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                reset_i,   // PF reset: to the reset state in this tick
  input  logic [Queues-1:0]   restart_i, // queues that restart
  input  logic [Queues-1:0]   forget_i,  // and of a VF that is reset: their contexts go too
  input  logic                en_i,      // TCTL.EN
  // tx_sched
  input  logic                granted_i,
  input  logic [QueueW-1:0]   queue_i,
  input  logic                drain_i,
  output logic                pkts_o,
  output logic [25:0]         cost_o,
  // rings
  input  logic [7:0]          filled_i,
  input  logic [127:0]        desc_i,
  input  logic [7:0]          func_i,
  output logic [8*Queues-1:0] taken_o,
  output logic                done_o,
  output logic [QueueW-1:0]   done_queue_o,
  output logic                done_eop_o,
  output logic                done_rs_o,
  output logic [127:0]        done_wb_o,
  // a packet was bad
  output logic                bad_o,
  output logic [QueueW-1:0]   bad_queue_o,
  // stats
  output logic                tsc_o,
  output logic                tsc_bad_o,
  // host port
  output logic                req_valid_o,
  output logic [63:0]         req_addr_o,
  output logic [14:0]         req_len_o,
  output logic [7:0]          req_func_o,
  output logic [QueueW-1:0]   req_queue_o,
  input  logic                sent_i,
  input  logic [14:0]         sent_bytes_i, // of the request that have gone out
  // payload beats of the completions
  input  logic                cpl_valid_i,
  input  logic                cpl_eop_i,
  input  logic [12:0]         cpl_len_i,
  input  logic [63:0]         cpl_data_i,
  // regs
  input  logic                vmdq_i,       // MRQC: VMDq is on
  input  logic [32*Pools-1:0] vmvir_i,
  input  logic                vme_i,
  input  logic                psp_i,
  input  logic [15:0]         vet_i,
  // packet buffer: transmit region, write port
  input  logic [12:0]         tx_cap_i,
  output logic                tx_we_o,
  output logic [12:0]         tx_waddr_o,
  output logic [63:0]         tx_wdata_o,
  input  logic                tx_wready_i,
  // a frame is listed in this tick
  output logic                put_o,
  output logic [11:0]         put_start_o,    // first data granule
  output logic [14:0]         put_len_o,      // bytes on the wire, with FCS only when it is not added
  output logic [14:0]         put_raw_len_o,  // bytes stored
  output logic [10:0]         put_granules_o,
  output logic                put_add_fcs_o,
  output logic                put_tag_en_o,
  output logic [15:0]         put_tag_o,
  output logic [15:0]         put_vet_o,
  output logic                put_ip_en_o,
  output logic [7:0]          put_ip_off_o,
  output logic [15:0]         put_ip_val_o,
  output logic                put_tu_en_o,    // behind the other where they overlap
  output logic [7:0]          put_tu_off_o,
  output logic [15:0]         put_tu_val_o,
  output logic [QueueW-1:0]   put_queue_o,
  output logic [127:0]        put_head_o,     // first bytes on the wire
  // l2_switch
  output logic [9:0]          frames_o,       // frames listed (free running)
  input  logic [9:0]          listed_i,       // frames decided
  input  logic [12:0]         freed_i,        // granules given back
  output logic [Queues-1:0]   waits_o,        // queues with bytes that have not come
  // meters, idle
  output logic                frame_o,
  output logic                busy_o
);

  localparam int unsigned PoolW = $clog2(Pools);
  localparam int unsigned EopAt = nic_82576_pkg::IGB_ATXD_CMD_LSB +
                                  nic_82576_pkg::IGB_ATXD_CMD_EOP_LSB;

  logic [8*Queues-1:0] taken_d, taken_q;
  logic                pkts_d, pkts_q;
  logic                turn_d, turn_q; // the packet that is granted has been looked at
  logic [25:0]         cost_d, cost_q;
  logic [Queues-1:0]   draining_d, draining_q;
  logic                bad_d, bad_q;
  logic [QueueW-1:0]   bad_queue_d, bad_queue_q;

  //////////////
  // The turn //
  //////////////

  logic       on, restarts, abort, may, drain;
  logic [7:0] taken, behind;

  assign on = granted_i != pkts_q;
  assign restarts = restart_i[queue_i];
  assign abort = on && restarts;
  assign taken = taken_q[8*queue_i+:8];
  assign behind = taken + 8'd1;
  assign may = en_i && on && !restarts && filled_i != taken;
  assign drain = drain_i || draining_q[queue_i];

  ////////////////////
  // The descriptor //
  ////////////////////

  logic         context_d, none, tse, take, take_end, take_bad;
  logic [7:0]   copy;
  logic [1:0]   popts;
  logic [15:0]  tag;
  logic [127:0] ctx;

  tx_advanced u_advanced (
    .clk_i,
    .rst_ni,
    .reset_i,
    .desc_i,
    .forget_i,
    .queue_i,
    .store_i   (take && context_d),
    .context_o (context_d),
    .none_o    (none),
    .tse_o     (tse),
    .popts_o   (popts),
    .tag_o     (tag),
    .ctx_o     (ctx)
  );

  ////////////////
  // The engine //
  ////////////////

  logic [7:0]   taken_one;
  logic         done_ide, w, w_rs, w_ide, pool_tag_en, vme;
  logic [15:0]  pool_tag;
  logic [127:0] raw_head;

  tx_dma #(
    .Igb            (1'b1),
    .FrameMax       (nic_82576_pkg::FrameMax)
  ) u_dma (
    .clk_i,
    .rst_ni,
    .reset_i,
    .restart_i      (1'b0),
    .en_i           (may),
    .filled_i,
    .desc_i,
    .taken_o        (taken_one),
    .done_o,
    .done_eop_o,
    .done_rs_o,
    .done_ide_o     (done_ide),
    .done_wb_o,
    .w_o            (w),
    .w_rs_o         (w_rs),
    .w_ide_o        (w_ide),
    .tsc_o,
    .tsc_bad_o,
    .req_valid_o,
    .req_addr_o,
    .req_len_o,
    .sent_i,
    .sent_bytes_i,
    .cpl_valid_i,
    .cpl_eop_i,
    .cpl_len_i,
    .cpl_data_i,
    .vme_i          (vme),
    .psp_i,
    .vet_i,
    .tx_cap_i,
    .tx_we_o,
    .tx_waddr_o,
    .tx_wdata_o,
    .tx_wready_i,
    .put_o,
    .put_start_o,
    .put_len_o,
    .put_raw_len_o,
    .put_granules_o,
    .put_add_fcs_o,
    .put_tag_en_o,
    .put_tag_o,
    .put_vet_o,
    .put_ip_en_o,
    .put_ip_off_o,
    .put_ip_val_o,
    .put_tu_en_o,
    .put_tu_off_o,
    .put_tu_val_o,
    .frames_o,
    .listed_i,
    .freed_i,
    .frame_o,
    .busy_o,
    .abort_i        (abort),
    .mute_i         (restart_i),
    .drain_i        (drain),
    .adv_context_i  (context_d),
    .adv_none_i     (none),
    .adv_tse_i      (tse),
    .adv_popts_i    (popts),
    .adv_tag_i      (tag),
    .adv_ctx_i      (ctx),
    .func_i,
    .queue_i,
    .take_o         (take),
    .take_end_o     (take_end),
    .take_bad_o     (take_bad),
    .take_copy_o    (copy),
    .req_func_o,
    .req_queue_o,
    .done_queue_o,
    .pool_tag_en_i  (pool_tag_en),
    .pool_tag_i     (pool_tag),
    .waits_o,
    .put_queue_o,
    .put_head_o     (raw_head)
  );

  logic unused;
  assign unused = ^{taken_one, done_ide, w, w_rs, w_ide, vmvir};

  /////////////////////////////////////////////
  // A frame: the tag of its pool, its head  //
  /////////////////////////////////////////////

  logic [31:0] vmvir;
  logic        never;

  assign vmvir = vmvir_i[32*put_queue_o[PoolW-1:0]+:32];
  assign never = vmvir[nic_82576_pkg::IGB_VMVIR_NEVER_LSB];
  assign vme = vmdq_i ? !never : vme_i;
  assign pool_tag_en = vmdq_i && !never && vmvir[nic_82576_pkg::IGB_VMVIR_USE_DEFAULT_LSB];
  assign pool_tag = vmvir[nic_82576_pkg::IGB_VMVIR_TAG_LSB+:16];

  tx_head u_head (
    .raw_i     (raw_head),
    .raw_len_i (put_raw_len_o),
    .ip_en_i   (put_ip_en_o),
    .ip_off_i  (put_ip_off_o),
    .ip_val_i  (put_ip_val_o),
    .tu_en_i   (put_tu_en_o),
    .tu_off_i  (put_tu_off_o),
    .tu_val_i  (put_tu_val_o),
    .tag_en_i  (put_tag_en_o),
    .tag_i     (put_tag_o),
    .vet_i     (put_vet_o),
    .head_o    (put_head_o)
  );

  ////////////////
  // Next state //
  ////////////////

  logic eop, over;

  always_comb begin
    eop = desc_i[EopAt] && !context_d;
    taken_d = taken_q;
    draining_d = draining_q;
    cost_d = cost_q;
    bad_d = 1'b0;
    bad_queue_d = bad_queue_q;
    over = abort;
    if (on && !turn_q) cost_d = '0;
    cost_d = cost_d + 26'(copy);
    if (take) begin
      taken_d[8*queue_i+:8] = behind;
      if (drain) begin
        draining_d[queue_i] = !eop;
        bad_d = !draining_q[queue_i];
        over = eop || behind == filled_i;
      end else begin
        if (!context_d) cost_d = cost_d + 26'(desc_i[nic_82576_pkg::IGB_ATXD_DTALEN_LSB+:16]);
        bad_d = take_end && take_bad;
        over = take_end;
      end
    end
    if (bad_d) bad_queue_d = queue_i;
    for (int unsigned q = 0; q < Queues; q++) begin
      if (restart_i[q]) taken_d[8*q+:8] = '0;
      if (restart_i[q]) draining_d[q] = 1'b0;
    end
    turn_d = on && !over;
    pkts_d = over ? !pkts_q : pkts_q;
    if (reset_i) begin
      taken_d = '0;
      draining_d = '0;
      cost_d = '0;
      bad_d = 1'b0;
      turn_d = 1'b0;
      pkts_d = 1'b0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      taken_q <= '0;
      pkts_q <= 1'b0;
      turn_q <= 1'b0;
      cost_q <= '0;
      draining_q <= '0;
      bad_q <= 1'b0;
      bad_queue_q <= '0;
    end else begin
      taken_q <= taken_d;
      pkts_q <= pkts_d;
      turn_q <= turn_d;
      cost_q <= cost_d;
      draining_q <= draining_d;
      bad_q <= bad_d;
      bad_queue_q <= bad_queue_d;
    end
  end

  /////////////
  // Outputs //
  /////////////

  assign taken_o = taken_q;
  assign pkts_o = pkts_q;
  assign cost_o = cost_q;
  assign bad_o = bad_q;
  assign bad_queue_o = bad_queue_q;

endmodule
