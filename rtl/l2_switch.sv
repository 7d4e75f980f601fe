// SPDX-License-Identifier: Apache-2.0
// The switch of the 82576: decides for each frame that tx_dma lists whether it goes to the wire
// (mac_tx), to receive queues (rx_dma_82576), to both or nowhere, and gives its granules back when
// all who have it are through. Twin of model/l2_switch.c.
//
// Cycle contract: docs/cycle-contract-82576.md, "Switch". A frame visible in cycle c, with the
// switch free, is decided in tick c + SwitchCyc - 1, with the registers visible then; the lists,
// events and looked_o show it one cycle later, and in that cycle's tick the next one is begun. A
// decided frame is free in the first tick in which all before it are and the counts of those who
// have it say that they are through; freed_o shows it one cycle later.
//
// The filter has all of that time: the entry stands still from c on. What it asks the tables of the
// register file for (hash_addr_o, vfta_addr_o) is a function of flops.
// Differences in form: the list for mac_tx has what is put over the bytes in the packet buffer, and
// that for rx_dma_82576 as well, because these are the bytes of the host; a tag that was put in is
// not among them, and is in the list.
// Known differences: none.
module l2_switch (
  input  logic          clk_i,
  input  logic          rst_ni,
  input  logic          reset_i, // PF reset: to the reset state in this tick

  // tx_dma, packet buffer: list of frames
  input  logic [9:0]    listed_i,     // listed (free running)
  output logic [9:0]    looked_o,     // decided (free running)
  output logic [12:0]   freed_o,      // granules given back (free running)
  input  logic [11:0]   f_start_i,    // entry looked_o: granule in the transmit region
  input  logic [14:0]   f_len_i,      // bytes on the wire, without an FCS that is added by mac_tx
  input  logic [14:0]   f_raw_len_i,  // bytes in the packet buffer
  input  logic [10:0]   f_granules_i,
  input  logic          f_add_fcs_i,
  input  logic          f_tag_en_i,   // put in behind byte 11: f_vet_i, f_tag_i
  input  logic [15:0]   f_tag_i,
  input  logic [15:0]   f_vet_i,
  input  logic          f_ip_en_i,    // put over the bytes in the packet buffer
  input  logic [7:0]    f_ip_off_i,
  input  logic [15:0]   f_ip_val_i,
  input  logic          f_tu_en_i,
  input  logic [7:0]    f_tu_off_i,
  input  logic [15:0]   f_tu_val_i,
  input  logic [3:0]    f_queue_i,    // that sent it
  input  logic [127:0]  f_head_i,     // first bytes as on the wire, zeros behind its end

  // from regs, as pool_filter wants them
  input  logic [31:0]   rctl_i,
  input  logic          vme_i,
  input  logic [15:0]   vet_i,
  input  logic [31:0]   mrqc_i,
  input  logic [31:0]   vt_ctl_i,
  input  logic [31:0]   dtxswc_i,
  input  logic [31:0]   rplolr_i,
  input  logic [7:0]    vfre_i,
  input  logic [767:0]  ral_i,
  input  logic [767:0]  rah_i,
  input  logic [1023:0] vlvf_i,
  input  logic [255:0]  vmolr_i,
  output logic [6:0]    hash_addr_o,
  input  logic [31:0]   mta_row_i,
  input  logic [31:0]   uta_row_i,
  output logic [6:0]    vfta_addr_o,
  input  logic [31:0]   vfta_row_i,
  input  logic          spoof_int_i,  // DTXCTL.SPOOF_INT
  input  logic [7:0]    there_i,      // VFs

  // register bus
  input  logic          csr_valid_i,
  input  logic          csr_write_i,
  input  logic [15:0]   csr_id_i,

  // mac_tx: list of frames
  output logic [9:0]    wire_o,       // listed (free running)
  input  logic [9:0]    wire_sent_i,  // taken
  input  logic [9:0]    wire_ended_i, // of these the last byte is out
  output logic [11:0]   w_start_o,    // entry wire_sent_i
  output logic [14:0]   w_len_o,
  output logic [14:0]   w_raw_len_o,
  output logic [10:0]   w_granules_o,
  output logic          w_add_fcs_o,
  output logic          w_tag_en_o,
  output logic [15:0]   w_tag_o,
  output logic [15:0]   w_vet_o,
  output logic          w_ip_en_o,
  output logic [7:0]    w_ip_off_o,
  output logic [15:0]   w_ip_val_o,
  output logic          w_tu_en_o,
  output logic [7:0]    w_tu_off_o,
  output logic [15:0]   w_tu_val_o,

  // rx_dma_82576: list of frames
  output logic [9:0]    loop_o,       // listed (free running)
  input  logic [9:0]    loop_ended_i, // finished
  output logic [15:0]   l_start_o,    // entry loop_ended_i: first byte, offset in the region
  output logic [14:0]   l_len_o,      // bytes, a tag included
  output logic [15:0]   l_queues_o,   // bit q: receive queue q gets it; not 0
  output logic [31:0]   l_tag_o,      // its bytes 12 to 15
  output logic          l_strip_tag_o, // they are a tag that is taken off
  output logic          l_put_tag_o,  // they are not in the packet buffer
  output logic          l_mcast_o,
  output logic          l_pif_o,
  output logic          l_ip_en_o,    // put over the bytes in the packet buffer
  output logic [7:0]    l_ip_off_o,
  output logic [15:0]   l_ip_val_o,
  output logic          l_tu_en_o,
  output logic [7:0]    l_tu_off_o,
  output logic [15:0]   l_tu_val_o,
  output logic [15:0]   ln_start_o,   // the entry behind it
  output logic [14:0]   ln_len_o,
  output logic [15:0]   ln_queues_o,
  output logic          ln_strip_tag_o,
  output logic          ln_put_tag_o,

  // events
  output logic [15:0]   wvbr_o,       // WVBR
  output logic          doutsync_o,   // cause of ICR: a pulse
  output logic          what_valid_o, // a frame was decided: a pulse; its fields stay
  output logic [14:0]   what_len_o,   // on the wire, with FCS
  output logic [3:0]    what_queue_o, // that sent it
  output logic          what_vf_o,    // its pool belongs to a VF that is there
  output logic          what_spoof_o, // dropped
  output logic          what_wire_o,  // to the wire
  output logic [15:0]   what_queues_o, // to these,
  output logic [14:0]   what_loop_len_o, // so many bytes
  output logic          busy_o        // a frame is listed and not decided, or decided and not free
);

  localparam int unsigned CntW = 10;
  localparam int unsigned LookW = $clog2(nic_82576_pkg::SwitchCyc);
  localparam logic [LookW-1:0] LookTicks = LookW'(nic_82576_pkg::SwitchCyc - 1);
  localparam logic [14:0] WithTag = 15'(nic_pkg::TypeAt + nic_pkg::TagLen);
  localparam int unsigned WireW = 137;
  localparam int unsigned LoopW = 129;
  localparam int unsigned HeldW = 13;

  logic [LookW-1:0] look_d, look_q;           // ticks to the decision, with this one; 0: none
  logic [CntW-1:0]  free_d, free_q;           // frames that are free (free running),
  logic [CntW-1:0]  wire_free_d, wire_free_q; // those of them that were listed
  logic [CntW-1:0]  loop_free_d, loop_free_q;
  logic [12:0]      freed_d, freed_q;
  logic [15:0]      wvbr_d, wvbr_q;
  logic             doutsync_d, doutsync_q;
  logic             what_valid_d, what_valid_q;
  logic [14:0]      what_len_q;
  logic [3:0]       what_queue_q;
  logic             what_vf_q, what_spoof_q, what_wire_q;
  logic [15:0]      what_queues_q;
  logic [14:0]      what_loop_len_q;

  /////////////////
  // The verdict //
  /////////////////

  logic [14:0] len; // with FCS
  logic [14:0] loop_len;
  logic [15:0] queues;
  logic        strip_tag, mcast, pif, spoof_mac, spoof_vlan, to_wire;
  logic [14:0] unused_stored;
  logic        unused_several, unused_strip_fcs, unused_exact, unused_bcast, unused_tagged;
  logic        unused_vlan_drop, unused_too_long;

  assign len      = f_len_i + (f_add_fcs_i ? 15'(nic_pkg::FcsBytes) : '0);
  assign loop_len = f_raw_len_i + (f_tag_en_i ? 15'(nic_pkg::TagLen) : '0);

  pool_filter u_filter (
    .head_i       (f_head_i),
    .len_i        (len),
    .from_pool_i  (1'b1),
    .pool_i       (f_queue_i[2:0]),
    .entry_i      (4'b0),
    .rctl_i,
    .vme_i,
    .vet_i,
    .mrqc_i,
    .vt_ctl_i,
    .dtxswc_i,
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
    .queues_o     (queues),
    .stored_o     (unused_stored),
    .several_o    (unused_several),
    .strip_tag_o  (strip_tag),
    .strip_fcs_o  (unused_strip_fcs),
    .exact_o      (unused_exact),
    .is_bcast_o   (unused_bcast),
    .is_mcast_o   (mcast),
    .tagged_o     (unused_tagged),
    .pif_o        (pif),
    .vlan_drop_o  (unused_vlan_drop),
    .too_long_o   (unused_too_long),
    .spoof_mac_o  (spoof_mac),
    .spoof_vlan_o (spoof_vlan),
    .to_wire_o    (to_wire)
  );

  ///////////
  // Lists //
  ///////////

  logic              decide;
  logic              put_wire, put_loop;
  logic [WireW-1:0]  wire_entry, wire_front;
  logic [WireW-1:0]  unused_wire_next;
  logic [LoopW-1:0]  loop_entry, loop_front, loop_next;
  logic [83:0]       unused_loop_next;
  logic [HeldW-1:0]  held_front;
  logic [HeldW-1:0]  unused_held_next;
  logic [11:0]       l_granule, ln_granule;

  assign decide     = look_q == LookW'(1);
  assign put_wire   = decide && to_wire;
  assign put_loop   = decide && queues != '0;
  assign wire_entry = {f_start_i, f_len_i, f_raw_len_i, f_granules_i, f_add_fcs_i,
                       f_tag_en_i, f_tag_i, f_vet_i,
                       f_ip_en_i, f_ip_off_i, f_ip_val_i,
                       f_tu_en_i, f_tu_off_i, f_tu_val_i};
  assign loop_entry = {f_start_i, loop_len, queues, strip_tag && loop_len >= WithTag, f_tag_en_i,
                       f_head_i[127:96], mcast, pif,
                       f_ip_en_i, f_ip_off_i, f_ip_val_i,
                       f_tu_en_i, f_tu_off_i, f_tu_val_i};

  frame_list #(
    .Width (WireW),
    .Depth (nic_pkg::TxFramesMax)
  ) u_wire (
    .clk_i,
    .rst_ni,
    .reset_i,
    .put_i   (put_wire),
    .entry_i (wire_entry),
    .count_o (wire_o),
    .taken_i (wire_sent_i),
    .front_o (wire_front),
    .next_o  (unused_wire_next)
  );

  frame_list #(
    .Width (LoopW),
    .Depth (nic_pkg::TxFramesMax)
  ) u_loop (
    .clk_i,
    .rst_ni,
    .reset_i,
    .put_i   (put_loop),
    .entry_i (loop_entry),
    .count_o (loop_o),
    .taken_i (loop_ended_i),
    .front_o (loop_front),
    .next_o  (loop_next)
  );

  // Frames that are decided and not free: who has them, and their granules.
  frame_list #(
    .Width (HeldW),
    .Depth (nic_pkg::TxFramesMax),
    .Ahead (4)
  ) u_held (
    .clk_i,
    .rst_ni,
    .reset_i,
    .put_i   (decide),
    .entry_i ({to_wire, queues != '0, f_granules_i}),
    .count_o (looked_o),
    .taken_i (free_q),
    .front_o (held_front),
    .next_o  (unused_held_next)
  );

  assign {w_start_o, w_len_o, w_raw_len_o, w_granules_o, w_add_fcs_o,
          w_tag_en_o, w_tag_o, w_vet_o,
          w_ip_en_o, w_ip_off_o, w_ip_val_o,
          w_tu_en_o, w_tu_off_o, w_tu_val_o} = wire_front;
  assign {l_granule, l_len_o, l_queues_o, l_strip_tag_o, l_put_tag_o,
          l_tag_o, l_mcast_o, l_pif_o,
          l_ip_en_o, l_ip_off_o, l_ip_val_o,
          l_tu_en_o, l_tu_off_o, l_tu_val_o} = loop_front;
  assign {ln_granule, ln_len_o, ln_queues_o, ln_strip_tag_o, ln_put_tag_o,
          unused_loop_next} = loop_next;
  assign l_start_o  = {l_granule, 4'b0};
  assign ln_start_o = {ln_granule, 4'b0};

  /////////////////////////////////
  // Next state: looking, events //
  /////////////////////////////////

  logic spoofed;

  assign spoofed = spoof_mac || spoof_vlan;

  always_comb begin
    look_d       = look_q;
    wvbr_d       = wvbr_q;
    doutsync_d   = 1'b0;
    what_valid_d = decide && !reset_i;

    if (look_q != '0) begin
      look_d = look_q - LookW'(1);
    end else if (listed_i != looked_o &&
                 (looked_o - free_q) < CntW'(nic_pkg::TxFramesMax)) begin
      look_d = LookTicks;
    end

    if (csr_valid_i && !csr_write_i && csr_id_i == 16'(nic_82576_pkg::IGB_R_WVBR)) wvbr_d = '0;
    if (decide && spoofed) begin
      doutsync_d = spoof_int_i;
      if (spoof_mac) wvbr_d[nic_82576_pkg::IGB_WVBR_MAC_LSB+32'(f_queue_i[2:0])] = 1'b1;
      if (spoof_vlan) wvbr_d[nic_82576_pkg::IGB_WVBR_VLAN_LSB+32'(f_queue_i[2:0])] = 1'b1;
    end

    if (reset_i) begin
      look_d     = '0;
      wvbr_d     = '0;
      doutsync_d = 1'b0;
    end
  end

  /////////////////////////////
  // Next state: who is free //
  /////////////////////////////

  logic        on_wire, in_loop; // of the first frame that is not
  logic [10:0] granules;
  logic        through;

  assign {on_wire, in_loop, granules} = held_front;
  assign through = free_q != looked_o &&
                   !(on_wire && wire_ended_i == wire_free_q) &&
                   !(in_loop && loop_ended_i == loop_free_q);

  always_comb begin
    free_d      = free_q;
    wire_free_d = wire_free_q;
    loop_free_d = loop_free_q;
    freed_d     = freed_q;
    if (through) begin
      free_d      = free_q + CntW'(1);
      wire_free_d = wire_free_q + CntW'(on_wire);
      loop_free_d = loop_free_q + CntW'(in_loop);
      freed_d     = freed_q + 13'(granules);
    end
    if (reset_i) begin
      free_d      = '0;
      wire_free_d = '0;
      loop_free_d = '0;
      freed_d     = '0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      look_q          <= '0;
      free_q          <= '0;
      wire_free_q     <= '0;
      loop_free_q     <= '0;
      freed_q         <= '0;
      wvbr_q          <= '0;
      doutsync_q      <= 1'b0;
      what_valid_q    <= 1'b0;
      what_len_q      <= '0;
      what_queue_q    <= '0;
      what_vf_q       <= 1'b0;
      what_spoof_q    <= 1'b0;
      what_wire_q     <= 1'b0;
      what_queues_q   <= '0;
      what_loop_len_q <= '0;
    end else begin
      look_q       <= look_d;
      free_q       <= free_d;
      wire_free_q  <= wire_free_d;
      loop_free_q  <= loop_free_d;
      freed_q      <= freed_d;
      wvbr_q       <= wvbr_d;
      doutsync_q   <= doutsync_d;
      what_valid_q <= what_valid_d;
      if (what_valid_d) begin
        what_len_q      <= len;
        what_queue_q    <= f_queue_i;
        what_vf_q       <= there_i[f_queue_i[2:0]];
        what_spoof_q    <= spoofed;
        what_wire_q     <= to_wire;
        what_queues_q   <= queues;
        what_loop_len_q <= (queues != '0) ? loop_len : '0;
      end
    end
  end

  /////////////
  // Outputs //
  /////////////

  assign freed_o         = freed_q;
  assign busy_o          = listed_i != looked_o || looked_o != free_q;
  assign wvbr_o          = wvbr_q;
  assign doutsync_o      = doutsync_q;
  assign what_valid_o    = what_valid_q;
  assign what_len_o      = what_len_q;
  assign what_queue_o    = what_queue_q;
  assign what_vf_o       = what_vf_q;
  assign what_spoof_o    = what_spoof_q;
  assign what_wire_o     = what_wire_q;
  assign what_queues_o   = what_queues_q;
  assign what_loop_len_o = what_loop_len_q;

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && !reset_i) begin
      // What is decided has been listed, and is there until then.
      Listed_A: assert (look_q == '0 || listed_i != looked_o);
      // Nobody is through with more than it has got.
      Wire_A:   assert ((wire_ended_i - wire_free_q) <= (wire_o - wire_free_q));
      Loop_A:   assert ((loop_ended_i - loop_free_q) <= (loop_o - loop_free_q));
    end
  end
`endif

endmodule
