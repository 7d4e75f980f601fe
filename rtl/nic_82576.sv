// SPDX-License-Identifier: Apache-2.0
// The 82576: which output goes to which input, and nothing else. Twin of model/wiring_82576.h.
//
// Cycle contract: docs/cycle-contract-82576.md. Pins: rtl/nic_pins.def, with _i and _o; no output
// answers to an input in the same cycle. rst_ni is power-good reset.
// Field n of a vector is that of queue, function or VF n. Known differences: those of the modules.
module nic_82576 #(
  parameter logic [47:0] Mac = nic_pkg::DefaultMac, // first wire byte in bits 7:0
  parameter int unsigned AutonegCyc = nic_pkg::PhyAutonegCyc
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  // wire, receive
  input  logic        rx_ce_i,
  input  logic        rx_dv_i,
  input  logic        rx_er_i,
  input  logic [7:0]  rxd_i,
  input  logic        lp_present_i,
  input  logic [1:0]  lp_speed_i,
  input  logic        lp_pause_i,
  // wire, transmit
  output logic        tx_ce_o,
  output logic        tx_en_o,
  output logic [7:0]  txd_o,
  // requester stream to the host
  input  logic        req_ready_i,
  output logic        req_valid_o,
  output logic        req_sop_o,
  output logic        req_eop_o,
  output logic [63:0] req_data_o,
  // completion stream from the host
  input  logic        cpl_valid_i,
  input  logic        cpl_sop_i,
  input  logic        cpl_eop_i,
  input  logic [63:0] cpl_data_i,
  // completer stream from the host
  input  logic        csr_valid_i,
  input  logic        csr_write_i,
  input  logic [1:0]  csr_space_i,
  input  logic [7:0]  csr_func_i,
  input  logic [19:0] csr_addr_i,
  input  logic [3:0]  csr_be_i,
  input  logic [31:0] csr_wdata_i,
  output logic        csr_rvalid_o,
  output logic [31:0] csr_rdata_o,
  // interrupt and power
  output logic        intx_o,
  output logic        idle_o
);

  localparam int unsigned Vfs = nic_82576_pkg::Vfs;
  localparam int unsigned Queues = nic_82576_pkg::Queues;
  localparam int unsigned Vectors = nic_82576_pkg::Vectors;
  localparam int unsigned LlW = nic_82576_pkg::IGB_GPIE_LL_INTERVAL_W;
  localparam int unsigned FlagsW = nic_pkg::STATS_W;
  localparam logic [15:0] TxKiB = 16'(nic_82576_pkg::TxPbKiB);

  //////////
  // regs //
  //////////

  // register bus
  logic        bus_valid, bus_write;
  logic [15:0] bus_id, bus_index;
  logic [3:0]  bus_func;
  logic [31:0] bus_wdata;
  logic        pci_valid, msix_valid, acc_write, acc_io;
  logic [7:0]  acc_func;
  logic [19:0] acc_addr;
  logic [3:0]  acc_be;
  logic [31:0] acc_wdata, pci_rdata, msix_rdata;
  // resets
  logic              reset, ctrl_rst, regs_idle;
  logic [Vfs-1:0]    vf_reset;
  logic [Vfs-1:0]    vf_stay;  // in a PF reset
  logic [Vfs-1:0]    vf_anew;  // as they came: FLR, vf_start
  logic [Queues-1:0] rx_restart, tx_restart, rx_head_we, tx_head_we, rx_sw_flush, tx_sw_flush;
  logic [16*Queues-1:0] head_wdata;
  // configuration space
  logic [Vfs:0]   decodes, may_request, msix_en, msix_mask, flr, func_pending;
  logic [Vfs-1:0] vf_start, there;
  logic           vf_stop, vfe, io_en, intx_disable, msi_en, msi_mask;
  logic [3:0]     vfs;
  logic [31:0]    ioaddr;
  logic [63:0]    msi_addr;
  logic [15:0]    msi_data;
  // link
  logic        lu, lsc, fd, loopback, phy_link, phy_fd, phy_loopback;
  logic [1:0]  speed, phy_speed;
  // values of others
  logic [31:0] irq_rdata, eitr_rdata, mailbox_rdata, stats_rdata, eecd, eerd, swsm, mdic;
  logic [31:0] ral0, rah0;
  logic [15:0] wvbr;
  logic [16*Queues-1:0] rdh, tdh;
  logic        tx_off, requests, bad, mdp, may;
  logic [3:0]  bad_queue;
  // values
  logic [31:0]   ctrl, ctrl_ext, rctl, tctl, tipg, fcal, fcrth, fcrtl, dtxswc, dtxctl, rxcsum;
  logic [31:0]   rfctl, mrqc, vt_ctl, rplolr, synqf, imirvp;
  logic [15:0]   vet, fct, fcah, fcttv;
  logic [6:0]    rxpbs, txpbs;
  logic [13:0]   rlpml;
  logic [255:0]  imir, imirext, etqf, vmolr, vmvir;
  logic [767:0]  ral, rah;
  logic [1023:0] vlvf, reta;
  logic [319:0]  rssrk;
  logic [Queues-1:0]    qde, rx_queue_en, tx_queue_en;
  logic [32*Queues-1:0] rdbal, rdbah, rdlen, srrctl, rdt, rxdctl;
  logic [32*Queues-1:0] tdbal, tdbah, tdlen, tdt, txdctl, tdwbal, tdwbah;
  logic [6:0]    hash_addr_rx, hash_addr_sw, vfta_addr_rx, vfta_addr_sw;
  logic [31:0]   mta_row_rx, mta_row_sw, uta_row_rx, uta_row_sw, vfta_row_rx, vfta_row_sw;

  regs_82576 u_regs (
    .clk_i,
    .rst_ni,
    .csr_valid_i,
    .csr_write_i,
    .csr_space_i,
    .csr_func_i,
    .csr_addr_i,
    .csr_be_i,
    .csr_wdata_i,
    .csr_rvalid_o,
    .csr_rdata_o,
    .bus_valid_o     (bus_valid),
    .bus_write_o     (bus_write),
    .bus_id_o        (bus_id),
    .bus_index_o     (bus_index),
    .bus_func_o      (bus_func),
    .bus_wdata_o     (bus_wdata),
    .pci_valid_o     (pci_valid),
    .msix_valid_o    (msix_valid),
    .acc_write_o     (acc_write),
    .acc_io_o        (acc_io),
    .acc_func_o      (acc_func),
    .acc_addr_o      (acc_addr),
    .acc_be_o        (acc_be),
    .acc_wdata_o     (acc_wdata),
    .pci_rdata_i     (pci_rdata),
    .msix_rdata_i    (msix_rdata),
    .ioaddr_i        (ioaddr),
    .io_en_i         (io_en),
    .decodes_i       (decodes),
    .flr_i           (flr),
    .vf_start_i      (vf_start),
    .vf_stop_i       (vf_stop),
    .there_i         (there),
    .vfe_i           (vfe),
    .vfs_i           (vfs),
    .reset_o         (reset),
    .ctrl_rst_o      (ctrl_rst),
    .stay_o          (vf_stay),
    .vf_reset_o      (vf_reset),
    .idle_o          (regs_idle),
    .rx_restart_o    (rx_restart),
    .tx_restart_o    (tx_restart),
    .rx_head_we_o    (rx_head_we),
    .tx_head_we_o    (tx_head_we),
    .head_wdata_o    (head_wdata),
    .rx_flush_o      (rx_sw_flush),
    .tx_flush_o      (tx_sw_flush),
    .bad_i           (bad),
    .bad_queue_i     (bad_queue),
    .mdp_o           (mdp),
    .may_o           (may),
    .irq_rdata_i     (irq_rdata),
    .eitr_rdata_i    (eitr_rdata),
    .mailbox_rdata_i (mailbox_rdata),
    .stats_rdata_i   (stats_rdata),
    .eecd_i          (eecd),
    .eerd_i          (eerd),
    .swsm_i          (swsm),
    .mdic_i          (mdic),
    .wvbr_i          (wvbr),
    .rdh_i           (rdh),
    .tdh_i           (tdh),
    .txoff_i         (tx_off),
    .requests_i      (requests),
    .phy_link_i      (phy_link),
    .phy_fd_i        (phy_fd),
    .phy_speed_i     (phy_speed),
    .phy_loopback_i  (phy_loopback),
    .lu_o            (lu),
    .speed_o         (speed),
    .fd_o            (fd),
    .lsc_o           (lsc),
    .loopback_o      (loopback),
    .ral0_i          (ral0),
    .rah0_i          (rah0),
    .ctrl_o          (ctrl),
    .ctrl_ext_o      (ctrl_ext),
    .rctl_o          (rctl),
    .tctl_o          (tctl),
    .tipg_o          (tipg),
    .vet_o           (vet),
    .fct_o           (fct),
    .fcal_o          (fcal),
    .fcah_o          (fcah),
    .fcttv_o         (fcttv),
    .fcrth_o         (fcrth),
    .fcrtl_o         (fcrtl),
    .rxpbs_o         (rxpbs),
    .txpbs_o         (txpbs),
    .qde_o           (qde),
    .dtxswc_o        (dtxswc),
    .dtxctl_o        (dtxctl),
    .rxcsum_o        (rxcsum),
    .rlpml_o         (rlpml),
    .rfctl_o         (rfctl),
    .mrqc_o          (mrqc),
    .vt_ctl_o        (vt_ctl),
    .rplolr_o        (rplolr),
    .synqf_o         (synqf),
    .imirvp_o        (imirvp),
    .imir_o          (imir),
    .imirext_o       (imirext),
    .etqf_o          (etqf),
    .vmolr_o         (vmolr),
    .vmvir_o         (vmvir),
    .ral_o           (ral),
    .rah_o           (rah),
    .vlvf_o          (vlvf),
    .reta_o          (reta),
    .rssrk_o         (rssrk),
    .rdbal_o         (rdbal),
    .rdbah_o         (rdbah),
    .rdlen_o         (rdlen),
    .srrctl_o        (srrctl),
    .rdt_o           (rdt),
    .rxdctl_o        (rxdctl),
    .tdbal_o         (tdbal),
    .tdbah_o         (tdbah),
    .tdlen_o         (tdlen),
    .tdt_o           (tdt),
    .txdctl_o        (txdctl),
    .tdwbal_o        (tdwbal),
    .tdwbah_o        (tdwbah),
    .rx_en_o         (rx_queue_en),
    .tx_en_o         (tx_queue_en),
    .hash_addr0_i    (hash_addr_rx),
    .mta_row0_o      (mta_row_rx),
    .uta_row0_o      (uta_row_rx),
    .vfta_addr0_i    (vfta_addr_rx),
    .vfta_row0_o     (vfta_row_rx),
    .hash_addr1_i    (hash_addr_sw),
    .mta_row1_o      (mta_row_sw),
    .uta_row1_o      (uta_row_sw),
    .vfta_addr1_i    (vfta_addr_sw),
    .vfta_row1_o     (vfta_row_sw)
  );

  ////////////////////////////////////////////
  // Configuration space, functions, queues //
  ////////////////////////////////////////////

  logic [31:0] pci_id, pci_subsystem;
  logic [15:0] vf_device;
  logic        int_level, msi_wait; // of irq_82576

  assign vf_anew = flr[Vfs:1] | vf_start; // a guest is to see nothing of the one before

  pci_config_82576 u_pci_config (
    .clk_i,
    .rst_ni,
    .id_i           (pci_id),
    .subsystem_i    (pci_subsystem),
    .vf_device_i    (vf_device),
    .valid_i        (pci_valid),
    .write_i        (acc_write),
    .io_i           (acc_io),
    .func_i         (acc_func),
    .addr_i         (acc_addr),
    .be_i           (acc_be),
    .wdata_i        (acc_wdata),
    .rdata_o        (pci_rdata),
    .intx_i         (int_level),
    .msi_pending_i  (msi_wait && msi_mask),
    .pending_i      (func_pending),
    .status_func_i  ('0),
    .status_set_i   ('0), // no pin tells of an error of the bus
    .decodes_o      (decodes),
    .may_request_o  (may_request),
    .msix_en_o      (msix_en),
    .msix_mask_o    (msix_mask),
    .flr_o          (flr),
    .vf_start_o     (vf_start),
    .vf_stop_o      (vf_stop),
    .vfe_o          (vfe),
    .vfs_o          (vfs),
    .io_en_o        (io_en),
    .intx_disable_o (intx_disable),
    .msi_en_o       (msi_en),
    .msi_mask_o     (msi_mask),
    .power_state_o  (power_state),
    .msi_addr_o     (msi_addr),
    .msi_data_o     (msi_data),
    .bar0_o         (bar0),
    .bar2_o         (bar2),
    .bar3_o         (bar3),
    .vf_bar0_o      (vf_bar0),
    .vf_bar3_o      (vf_bar3),
    .ioaddr_o       (ioaddr)
  );

  logic [1:0]  power_state; // these are nobody's: the bus decodes
  logic [31:0] bar0, bar2, bar3;
  logic [63:0] vf_bar0, vf_bar3;

  logic [Vfs:0]         may_func;   // function f may make requests
  logic [Queues-1:0]    may_queue;  // that of queue q may
  logic [8*Queues-1:0]  queue_func; // of the pool of queue q

  assign may_func = may_request & {(Vfs + 1){may}};

  always_comb begin
    for (int unsigned n = 0; n < Vfs; n++) there[n] = 4'(n) < vfs;
    for (int unsigned q = 0; q < Queues; q++) begin
      queue_func[8*q+:8] = there[q%Vfs] ? 8'(1 + q % Vfs) : '0;
      may_queue[q] = there[q%Vfs] ? may_func[1+q%Vfs] : may_func[0];
    end
  end

  nvm #(
    .Mac (Mac)
  ) u_nvm (
    .clk_i,
    .rst_ni,
    .reset_i         (reset),
    .csr_valid_i     (bus_valid),
    .csr_write_i     (bus_write),
    .csr_id_i        (bus_id),
    .csr_wdata_i     (bus_wdata),
    .eecd_o          (eecd),
    .eerd_o          (eerd),
    .swsm_o          (swsm),
    .ral0_o          (ral0),
    .rah0_o          (rah0),
    .pci_id_o        (pci_id),
    .pci_subsystem_o (pci_subsystem),
    .vf_device_o     (vf_device)
  );

  logic mdac;

  phy_igp3 #(
    .AutonegCyc (AutonegCyc)
  ) u_phy (
    .clk_i,
    .rst_ni,
    .reset_i     (reset),
    .csr_valid_i (bus_valid),
    .csr_write_i (bus_write),
    .csr_id_i    (bus_id),
    .csr_wdata_i (bus_wdata),
    .phy_rst_i   (ctrl[nic_82576_pkg::IGB_CTRL_PHY_RST_LSB]),
    .lp_present_i,
    .lp_speed_i,
    .lp_pause_i,
    .mdic_o      (mdic),
    .link_o      (phy_link),
    .fd_o        (phy_fd),
    .speed_o     (phy_speed),
    .loopback_o  (phy_loopback),
    .mdac_o      (mdac)
  );

  ///////////////
  // Host port //
  ///////////////

  logic [6:0]   done;
  logic         rx_req, rx_fetch, rx_wb, tx_fetch, tx_wb, tx_req;
  logic [63:0]  rx_req_addr, rx_fetch_addr, rx_wb_addr, tx_fetch_addr, tx_wb_addr, tx_req_addr;
  logic [14:0]  rx_req_len, rx_fetch_len, rx_wb_len, tx_fetch_len, tx_wb_len, tx_req_len;
  logic [15:0]  rx_req_off, rx_wb_off, tx_wb_off;
  logic [16:0]  rx_req_wrap;
  logic [7:0]   rx_req_func, rx_fetch_func, rx_wb_func, tx_fetch_func, tx_wb_func, tx_req_func;
  logic [4:0]   rx_fetch_queue, rx_wb_queue, tx_fetch_queue, tx_wb_queue;
  logic [3:0]   rx_req_queue, tx_req_queue;
  logic [14:0]  rx_fetch_sent, tx_fetch_sent, tx_req_sent;
  logic         pay_valid, port_idle;
  logic [2:0]   pay_sel;
  logic [12:0]  pay_addr, pay_next;
  logic [127:0] pay_rx_data, pay_rx_wb, pay_tx_wb;

  // Two make messages: that of the line (MSI), and MSI-X. Who is at the port goes on while it asks.
  logic        msi, msix_req, by_msi_d, by_msi_q;
  logic [7:0]  msix_func;
  logic [63:0] msix_to;
  logic [31:0] msix_value;

  assign msi = msi_wait && may_func[0] && !msi_mask;
  assign by_msi_d = by_msi_q ? msi || !msix_req : msi && !msix_req;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) by_msi_q <= 1'b0;
    else by_msi_q <= by_msi_d;
  end

  host_port u_host_port (
    .clk_i,
    .rst_ni,
    .reset_i          (reset),
    .master_en_i      (1'b1), // who asks may
    .rx_data_valid_i  (rx_req),
    .rx_data_addr_i   (rx_req_addr),
    .rx_data_len_i    (rx_req_len),
    .rx_data_func_i   (rx_req_func),
    .rx_data_queue_i  ({1'b0, rx_req_queue}),
    .rx_data_off_i    (rx_req_off),
    .rx_data_wrap_i   (rx_req_wrap),
    .rx_fetch_valid_i (rx_fetch),
    .rx_fetch_addr_i  (rx_fetch_addr),
    .rx_fetch_len_i   (rx_fetch_len),
    .rx_fetch_func_i  (rx_fetch_func),
    .rx_fetch_queue_i (rx_fetch_queue),
    .rx_wb_valid_i    (rx_wb),
    .rx_wb_addr_i     (rx_wb_addr),
    .rx_wb_len_i      (rx_wb_len),
    .rx_wb_func_i     (rx_wb_func),
    .rx_wb_queue_i    (rx_wb_queue),
    .rx_wb_off_i      (rx_wb_off),
    .tx_fetch_valid_i (tx_fetch),
    .tx_fetch_addr_i  (tx_fetch_addr),
    .tx_fetch_len_i   (tx_fetch_len),
    .tx_fetch_func_i  (tx_fetch_func),
    .tx_fetch_queue_i (tx_fetch_queue),
    .tx_wb_valid_i    (tx_wb),
    .tx_wb_addr_i     (tx_wb_addr),
    .tx_wb_len_i      (tx_wb_len),
    .tx_wb_func_i     (tx_wb_func),
    .tx_wb_queue_i    (tx_wb_queue),
    .tx_wb_off_i      (tx_wb_off),
    .tx_data_valid_i  (tx_req),
    .tx_data_addr_i   (tx_req_addr),
    .tx_data_len_i    (tx_req_len),
    .tx_data_func_i   (tx_req_func),
    .tx_data_queue_i  ({1'b0, tx_req_queue}),
    .msi_valid_i      (msi || msix_req),
    .msi_func_i       (by_msi_d ? '0 : msix_func),
    .msi_addr_i       (by_msi_d ? msi_addr : msix_to),
    .msi_data_i       (by_msi_d ? 32'(msi_data) : msix_value),
    .done_o           (done),
    .rx_fetch_sent_o  (rx_fetch_sent),
    .tx_fetch_sent_o  (tx_fetch_sent),
    .tx_data_sent_o   (tx_req_sent),
    .idle_o           (port_idle),
    .pay_valid_o      (pay_valid),
    .pay_sel_o        (pay_sel),
    .pay_addr_o       (pay_addr),
    .pay_next_o       (pay_next),
    .pay_rx_data_i    (pay_rx_data),
    .pay_rx_wb_i      (pay_rx_wb),
    .pay_tx_wb_i      (pay_tx_wb),
    .req_ready_i,
    .req_valid_o,
    .req_sop_o,
    .req_eop_o,
    .req_data_o
  );

  logic        cpl_rx_fetch, cpl_tx_fetch, cpl_tx_data, cpl_eop;
  logic [4:0]  cpl_queue;
  logic [12:0] cpl_len;
  logic [63:0] cpl_data;

  cpl_port u_cpl_port (
    .clk_i,
    .rst_ni,
    .cpl_valid_i,
    .cpl_sop_i,
    .cpl_eop_i,
    .cpl_data_i,
    .rx_fetch_o (cpl_rx_fetch),
    .tx_fetch_o (cpl_tx_fetch),
    .tx_data_o  (cpl_tx_data),
    .queue_o    (cpl_queue),
    .eop_o      (cpl_eop),
    .len_o      (cpl_len),
    .data_o     (cpl_data)
  );

  ///////////////////
  // Packet buffers //
  ///////////////////

  localparam int unsigned RxExtraW = nic_82576_pkg::RxExtraW;

  // An entry of the transmit list, as tx_dma makes it and l2_switch takes it.
  localparam int unsigned TxEntryW = 269;

  logic        pb_byte, pb_first, pb_we, pb_end, pb_accept, pb_lost;
  logic [11:0] pb_word;
  logic [63:0] pb_wdata;
  logic [14:0] acc_len;
  logic [15:0] acc_csum, acc_vlan;
  logic [7:0]  acc_status, acc_errors;
  logic [RxExtraW-1:0] acc_extra, fr_extra, nx_extra;
  logic        rx_free;
  logic [10:0] freed_granules;
  logic [12:0] rx_used, tx_base, tx_cap;
  logic [16:0] rx_bytes;
  logic [11:0] rx_frames, rx_frames_done;
  logic [15:0] fr_start, fr_csum, fr_vlan, nx_start;
  logic [14:0] fr_len, nx_len;
  logic [10:0] fr_granules;
  logic [7:0]  fr_status, fr_errors;

  logic        tx_we, tx_wready, tx_put;
  logic [12:0] tx_waddr;
  logic [63:0] tx_wdata;
  logic        tx_re, tx_rready;
  logic [12:0] tx_raddr;
  logic [63:0] tx_rdata;
  logic [TxEntryW-1:0] put_entry, front_entry;
  logic [9:0]  tx_frames, tx_looked;

  logic         pay_from_rx, pay_from_tx;
  logic [12:0]  pay_tx_addr, pay_tx_next;
  logic [127:0] pay_rx_mem, pay_tx_mem;

  // What is nobody's of the side of each that is not used.
  logic [12:0] rx_pb_base, rx_pb_cap, tx_pb_used;
  logic        rx_pb_wready, rx_pb_rready, tx_pb_lost;
  logic        rx_pb_front;
  logic [63:0] rx_pb_rdata;
  logic [31:0] rx_pbm, tx_pbm;
  logic [16:0] tx_pb_bytes;
  logic [11:0] tx_pb_frames;
  logic [15:0] tx_pb_start, tx_pb_csum, tx_pb_vlan, tx_pb_next;
  logic [14:0] tx_pb_len, tx_pb_next_len;
  logic [10:0] tx_pb_granules;
  logic [7:0]  tx_pb_status, tx_pb_errors;
  logic        tx_pb_extra, tx_pb_next_extra;

  packet_buffer #(
    .ResetKiB (nic_82576_pkg::RxPbKiB),
    .RxExtraW (RxExtraW),
    .TxEntryW (1)
  ) u_rx_buffer (
    .clk_i,
    .rst_ni,
    .reset_i          (reset),
    .pba_i            (16'(rxpbs)),
    .rx_byte_i        (pb_byte),
    .rx_first_i       (pb_first),
    .rx_we_i          (pb_we),
    .rx_word_i        (pb_word),
    .rx_wdata_i       (pb_wdata),
    .rx_end_i         (pb_end),
    .rx_accept_i      (pb_accept),
    .rx_len_i         (acc_len),
    .rx_csum_i        (acc_csum),
    .rx_vlan_i        (acc_vlan),
    .rx_status_i      (acc_status),
    .rx_errors_i      (acc_errors),
    .rx_extra_i       (acc_extra),
    .rx_lost_o        (pb_lost),
    .p_i              (rx_free),
    .granules_i       (freed_granules),
    .rx_used_o        (rx_used),
    .mem_bytes_o      (rx_bytes),
    .frames_o         (rx_frames),
    .frames_done_i    (rx_frames_done),
    .frame_start_o    (fr_start),
    .frame_len_o      (fr_len),
    .frame_granules_o (fr_granules),
    .frame_csum_o     (fr_csum),
    .frame_vlan_o     (fr_vlan),
    .frame_status_o   (fr_status),
    .frame_errors_o   (fr_errors),
    .frame_extra_o    (fr_extra),
    .next_start_o     (nx_start),
    .next_len_o       (nx_len),
    .next_extra_o     (nx_extra),
    .tx_base_o        (rx_pb_base),
    .tx_cap_o         (rx_pb_cap),
    .tx_we_i          (1'b0),
    .tx_waddr_i       ('0),
    .tx_wdata_i       ('0),
    .tx_wready_o      (rx_pb_wready),
    .tx_put_i         (1'b0),
    .tx_entry_i       ('0),
    .tx_sent_i        ('0),
    .tx_front_o       (rx_pb_front),
    .tx_re_i          (1'b0),
    .tx_raddr_i       ('0),
    .tx_rready_o      (rx_pb_rready),
    .tx_rdata_o       (rx_pb_rdata),
    .pay_valid_i      (pay_from_rx),
    .pay_addr_i       (pay_addr),
    .pay_next_i       (pay_next),
    .pay_o            (pay_rx_mem),
    .pbm_addr_i       ('0),
    .pbm_rdata_o      (rx_pbm),
    .pbm_we_i         (1'b0),
    .pbm_waddr_i      ('0),
    .pbm_wdata_i      ('0)
  );

  packet_buffer #(
    .Bytes    (1024 * nic_82576_pkg::TxPbKiB),
    .ResetKiB (0),
    .TxEntryW (TxEntryW)
  ) u_tx_buffer (
    .clk_i,
    .rst_ni,
    .reset_i          (reset),
    .pba_i            (16'(txpbs) < TxKiB ? TxKiB - 16'(txpbs) : '0),
    .rx_byte_i        (1'b0),
    .rx_first_i       (1'b0),
    .rx_we_i          (1'b0),
    .rx_word_i        ('0),
    .rx_wdata_i       ('0),
    .rx_end_i         (1'b0),
    .rx_accept_i      (1'b0),
    .rx_len_i         ('0),
    .rx_csum_i        ('0),
    .rx_vlan_i        ('0),
    .rx_status_i      ('0),
    .rx_errors_i      ('0),
    .rx_extra_i       ('0),
    .rx_lost_o        (tx_pb_lost),
    .p_i              (1'b0),
    .granules_i       ('0),
    .rx_used_o        (tx_pb_used),
    .mem_bytes_o      (tx_pb_bytes),
    .frames_o         (tx_pb_frames),
    .frames_done_i    ('0),
    .frame_start_o    (tx_pb_start),
    .frame_len_o      (tx_pb_len),
    .frame_granules_o (tx_pb_granules),
    .frame_csum_o     (tx_pb_csum),
    .frame_vlan_o     (tx_pb_vlan),
    .frame_status_o   (tx_pb_status),
    .frame_errors_o   (tx_pb_errors),
    .frame_extra_o    (tx_pb_extra),
    .next_start_o     (tx_pb_next),
    .next_len_o       (tx_pb_next_len),
    .next_extra_o     (tx_pb_next_extra),
    .tx_base_o        (tx_base),
    .tx_cap_o         (tx_cap),
    .tx_we_i          (tx_we),
    .tx_waddr_i       (tx_waddr),
    .tx_wdata_i       (tx_wdata),
    .tx_wready_o      (tx_wready),
    .tx_put_i         (tx_put),
    .tx_entry_i       (put_entry),
    .tx_sent_i        (tx_looked),
    .tx_front_o       (front_entry),
    .tx_re_i          (tx_re),
    .tx_raddr_i       (tx_raddr),
    .tx_rready_o      (tx_rready),
    .tx_rdata_o       (tx_rdata),
    .pay_valid_i      (pay_from_tx),
    .pay_addr_i       (pay_tx_addr),
    .pay_next_i       (pay_tx_next),
    .pay_o            (pay_tx_mem),
    .pbm_addr_i       ('0),
    .pbm_rdata_o      (tx_pbm),
    .pbm_we_i         (1'b0),
    .pbm_waddr_i      ('0),
    .pbm_wdata_i      ('0)
  );

  /////////////
  // Receive //
  /////////////

  logic        lb_en, lb_ce;
  logic [7:0]  lb_d;
  logic        rxo, pause, rx_busy, rx_err, tx_busy, tx_want, orphan;
  logic [15:0] pause_quanta;
  logic [4:0]  reta_addr;
  logic        st_rx_valid, st_tx_valid;
  logic [14:0] st_rx_len, st_tx_len;
  logic [FlagsW-1:0] st_rx_flags, st_tx_flags;
  logic [Vfs-1:0] vfre, vfte;
  logic        starved;    // meters: a frame in front waits for a descriptor
  logic        fate_valid; // meters
  logic [2:0]  fate;

  mac_rx_82576 u_mac_rx (
    .clk_i,
    .rst_ni,
    .reset_i        (reset),
    .rx_ce_i,
    .rx_dv_i,
    .rx_er_i,
    .rxd_i,
    .lb_en_i        (lb_en),
    .lb_ce_i        (lb_ce),
    .lb_d_i         (lb_d),
    .loopback_i     (loopback),
    .en_i           (rctl[nic_82576_pkg::IGB_RCTL_EN_LSB] && (lu || loopback) && !orphan),
    .rctl_i         (rctl),
    .ctrl_i         (ctrl),
    .rxcsum_i       (rxcsum),
    .rlpml_i        (rlpml),
    .rfctl_i        (rfctl),
    .vet_i          (vet),
    .fct_i          (fct),
    .fcal_i         (fcal),
    .fcah_i         (fcah),
    .ral_i          (ral),
    .rah_i          (rah),
    .mrqc_i         (mrqc),
    .rssrk_i        (rssrk),
    .vt_ctl_i       (vt_ctl),
    .rplolr_i       (rplolr),
    .vfre_i         (vfre),
    .vlvf_i         (vlvf),
    .vmolr_i        (vmolr),
    .imir_i         (imir),
    .imirext_i      (imirext),
    .imirvp_i       (imirvp),
    .synqf_i        (synqf),
    .etqf_i         (etqf),
    .hash_addr_o    (hash_addr_rx),
    .mta_row_i      (mta_row_rx),
    .uta_row_i      (uta_row_rx),
    .vfta_addr_o    (vfta_addr_rx),
    .vfta_row_i     (vfta_row_rx),
    .reta_addr_o    (reta_addr),
    .reta_row_i     (reta[32*reta_addr+:32]),
    .rx_lost_i      (pb_lost),
    .rx_byte_o      (pb_byte),
    .rx_first_o     (pb_first),
    .rx_we_o        (pb_we),
    .rx_word_o      (pb_word),
    .rx_wdata_o     (pb_wdata),
    .rx_end_o       (pb_end),
    .rx_accept_o    (pb_accept),
    .rx_len_o       (acc_len),
    .rx_csum_o      (acc_csum),
    .rx_vlan_o      (acc_vlan),
    .rx_status_o    (acc_status),
    .rx_errors_o    (acc_errors),
    .rx_extra_o     (acc_extra),
    .st_valid_o     (st_rx_valid),
    .st_len_o       (st_rx_len),
    .st_flags_o     (st_rx_flags),
    .rxo_o          (rxo),
    .pause_o        (pause),
    .pause_quanta_o (pause_quanta),
    .rx_err_o       (rx_err),
    .busy_o         (rx_busy),
    .ring_empty_i   (starved),
    .fate_valid_o   (fate_valid),
    .fate_o         (fate)
  );

  // rings, receive: field q is that of queue q
  logic [8*Queues-1:0]   rx_filled, rx_taken;
  logic [128*Queues-1:0] rx_descs, rx_desc_nexts;
  logic [Queues-1:0]     rx_empty, rx_open, rx_ring_idle, rx_fetching;
  logic [3:0]            rx_desc_queue, rx_done_queue;
  logic                  rx_done, rx_done_eop, rx_done_lli;
  logic [127:0]          rx_done_wb;
  logic                  rx_req_loop, rx_imm_en;
  logic [31:0]           rx_imm;
  // events of rx_dma
  logic        p, p_loop, p_mcast, p_vf, drop, drop_off, drop_loop, rnbc;
  logic [3:0]  p_queue, drop_queue;
  logic [14:0] p_len, p_bytes;
  // looped frames: the first of the list, and the next
  logic [9:0]  loops, loops_done;
  logic [15:0] l_start, l_queues, l_ip_val, l_tu_val, ln_start, ln_queues;
  logic [14:0] l_len, ln_len;
  logic [31:0] l_tag;
  logic [7:0]  l_ip_off, l_tu_off;
  logic        l_strip_tag, l_put_tag, l_mcast, l_pif, l_ip_en, l_tu_en;
  logic        ln_strip_tag, ln_put_tag;

  assign rx_req_wrap = rx_req_loop ? {tx_cap, 4'b0} : rx_bytes;

  rx_dma_82576 u_rx_dma (
    .clk_i,
    .rst_ni,
    .reset_i               (reset),
    .en_i                  (rctl[nic_82576_pkg::IGB_RCTL_EN_LSB]),
    .bsize_i               (rctl[nic_82576_pkg::IGB_RCTL_BSIZE_LSB+:
                                 nic_82576_pkg::IGB_RCTL_BSIZE_W]),
    .pcsd_i                (rxcsum[nic_82576_pkg::IGB_RXCSUM_PCSD_LSB]),
    .qde_i                 (qde),
    .enable_i              (rx_queue_en),
    .srrctl_i              (srrctl),
    .restart_i             (rx_restart),
    .may_i                 (may_queue),
    .func_i                (queue_func),
    .there_i               (there),
    .frames_i              (rx_frames),
    .frame_start_i         (fr_start),
    .frame_len_i           (fr_len),
    .frame_granules_i      (fr_granules),
    .frame_csum_i          (fr_csum),
    .frame_vlan_i          (fr_vlan),
    .frame_status_i        (fr_status),
    .frame_errors_i        (fr_errors),
    .frame_extra_i         (fr_extra),
    .next_start_i          (nx_start),
    .next_len_i            (nx_len),
    .next_extra_i          (nx_extra),
    .rx_bytes_i            (rx_bytes),
    .frames_o              (rx_frames_done),
    .free_o                (rx_free),
    .granules_o            (freed_granules),
    .loops_i               (loops),
    .loop_start_i          (l_start),
    .loop_len_i            (l_len),
    .loop_queues_i         (l_queues),
    .loop_tag_i            (l_tag),
    .loop_strip_tag_i      (l_strip_tag),
    .loop_put_tag_i        (l_put_tag),
    .loop_mcast_i          (l_mcast),
    .loop_pif_i            (l_pif),
    .loop_next_start_i     (ln_start),
    .loop_next_len_i       (ln_len),
    .loop_next_queues_i    (ln_queues),
    .loop_next_strip_tag_i (ln_strip_tag),
    .loop_next_put_tag_i   (ln_put_tag),
    .tx_bytes_i            ({tx_cap, 4'b0}),
    .loops_o               (loops_done),
    .filled_i              (rx_filled),
    .empty_i               (rx_empty),
    .taken_o               (rx_taken),
    .desc_queue_o          (rx_desc_queue),
    .desc_i                (rx_descs[128*rx_desc_queue+:128]),
    .desc_next_i           (rx_desc_nexts[128*rx_desc_queue+:128]),
    .done_o                (rx_done),
    .done_queue_o          (rx_done_queue),
    .done_eop_o            (rx_done_eop),
    .done_lli_o            (rx_done_lli),
    .done_wb_o             (rx_done_wb),
    .p_o                   (p),
    .p_queue_o             (p_queue),
    .p_len_o               (p_len),
    .p_bytes_o             (p_bytes),
    .p_loop_o              (p_loop),
    .p_mcast_o             (p_mcast),
    .p_vf_o                (p_vf),
    .drop_o                (drop),
    .drop_queue_o          (drop_queue),
    .drop_off_o            (drop_off),
    .drop_loop_o           (drop_loop),
    .rnbc_o                (rnbc),
    .starved_o             (starved),
    .sent_i                (done[nic_pkg::RQ_RX_DATA]),
    .req_valid_o           (rx_req),
    .req_func_o            (rx_req_func),
    .req_queue_o           (rx_req_queue),
    .req_addr_o            (rx_req_addr),
    .req_len_o             (rx_req_len),
    .req_off_o             (rx_req_off),
    .req_loop_o            (rx_req_loop),
    .req_imm_en_o          (rx_imm_en),
    .req_imm_o             (rx_imm)
  );

  pay_patch u_pay_patch (
    .clk_i,
    .rst_ni,
    .loop_i      (rx_req_loop),
    .start_i     (l_start),
    .ip_en_i     (l_ip_en),
    .ip_off_i    (l_ip_off),
    .ip_val_i    (l_ip_val),
    .tu_en_i     (l_tu_en),
    .tu_off_i    (l_tu_off),
    .tu_val_i    (l_tu_val),
    .imm_en_i    (rx_imm_en),
    .imm_i       (rx_imm),
    .pay_valid_i (pay_valid && (pay_sel == 3'(nic_pkg::RQ_RX_DATA))),
    .pay_addr_i  (pay_addr),
    .pay_next_i  (pay_next),
    .pay_o       (pay_rx_data),
    .rx_valid_o  (pay_from_rx),
    .rx_pay_i    (pay_rx_mem),
    .tx_base_i   (tx_base),
    .tx_cap_i    (tx_cap),
    .tx_valid_o  (pay_from_tx),
    .tx_addr_o   (pay_tx_addr),
    .tx_next_o   (pay_tx_next),
    .tx_pay_i    (pay_tx_mem)
  );

  logic [Queues-1:0]     rx_ring_fetch, rx_ring_fetch_sent, rx_ring_fetch_held, rx_ring_cpl;
  logic [Queues-1:0]     rx_ring_wb, rx_ring_wb_sent, rx_ring_wb_held;
  logic [64*Queues-1:0]  rx_ring_fetch_addr, rx_ring_wb_addr;
  logic [15*Queues-1:0]  rx_ring_fetch_len, rx_ring_wb_len;
  logic [8*Queues-1:0]   rx_ring_fetch_func, rx_ring_wb_func;
  logic [16*Queues-1:0]  rx_ring_wb_off;
  logic [128*Queues-1:0] rx_ring_pay;
  logic [Queues-1:0]     rx_event, rx_event_rxdmt, rx_event_lli;
  logic [7*Queues-1:0]   rx_event_packets, rx_whole;

  for (genvar q = 0; q < Queues; q++) begin : gen_rx_ring
    desc_ring_82576 u_ring (
      .clk_i,
      .rst_ni,
      .tx_i            (1'b0),
      .reset_i         (reset),
      .en_i            (rctl[nic_82576_pkg::IGB_RCTL_EN_LSB]),
      .restart_i       (rx_restart[q]),
      .func_i          (queue_func[8*q+:8]),
      .bal_i           (rdbal[32*q+:32]),
      .bah_i           (rdbah[32*q+:32]),
      .len_i           (rdlen[32*q+:32]),
      .tail_i          (rdt[32*q+:16]),
      .dctl_i          (rxdctl[32*q+:32]),
      .srrctl_i        (srrctl[32*q+:32]),
      .wbal_i          ('0),
      .wbah_i          ('0),
      .flush_i         (rx_sw_flush[q]),
      .head_we_i       (rx_head_we[q]),
      .head_wdata_i    (head_wdata[16*q+:16]),
      .head_o          (rdh[16*q+:16]),
      .taken_i         (rx_taken[8*q+:8]),
      .done_i          (rx_done && rx_done_queue == 4'(q)),
      .done_eop_i      (rx_done_eop),
      .done_rs_i       (1'b0),
      .done_lli_i      (rx_done_lli),
      .done_wb_i       (rx_done_wb),
      .filled_o        (rx_filled[8*q+:8]),
      .desc_o          (rx_descs[128*q+:128]),
      .desc_next_o     (rx_desc_nexts[128*q+:128]),
      .empty_o         (rx_empty[q]),
      .whole_o         (rx_whole[7*q+:7]),
      .gate_open_i     (rx_open[q]),
      .event_valid_o   (rx_event[q]),
      .event_packets_o (rx_event_packets[7*q+:7]),
      .event_rxdmt_o   (rx_event_rxdmt[q]),
      .event_lli_o     (rx_event_lli[q]),
      .idle_o          (rx_ring_idle[q]),
      .fetching_o      (rx_fetching[q]),
      .fetch_sent_i    (rx_ring_fetch_sent[q]),
      .fetch_held_i    (rx_ring_fetch_held[q]),
      .fetch_granted_i (rx_ring_fetch_held[q] ? rx_fetch_sent : '0),
      .fetch_valid_o   (rx_ring_fetch[q]),
      .fetch_addr_o    (rx_ring_fetch_addr[64*q+:64]),
      .fetch_len_o     (rx_ring_fetch_len[15*q+:15]),
      .fetch_func_o    (rx_ring_fetch_func[8*q+:8]),
      .wb_sent_i       (rx_ring_wb_sent[q]),
      .wb_held_i       (rx_ring_wb_held[q]),
      .wb_valid_o      (rx_ring_wb[q]),
      .wb_addr_o       (rx_ring_wb_addr[64*q+:64]),
      .wb_len_o        (rx_ring_wb_len[15*q+:15]),
      .wb_off_o        (rx_ring_wb_off[16*q+:16]),
      .wb_func_o       (rx_ring_wb_func[8*q+:8]),
      .pay_addr_i      (pay_addr[6:0]),
      .pay_next_i      (pay_next[6:0]),
      .pay_o           (rx_ring_pay[128*q+:128]),
      .cpl_valid_i     (rx_ring_cpl[q]),
      .cpl_data_i      (cpl_data)
    );
  end

  ring_arbiter u_rx_arbiter (
    .clk_i,
    .rst_ni,
    .reset_i            (reset),
    .may_i              (may_queue),
    .restart_i          (rx_restart),
    .ring_fetch_valid_i (rx_ring_fetch),
    .ring_fetch_addr_i  (rx_ring_fetch_addr),
    .ring_fetch_len_i   (rx_ring_fetch_len),
    .ring_fetch_func_i  (rx_ring_fetch_func),
    .ring_fetch_sent_o  (rx_ring_fetch_sent),
    .ring_fetch_held_o  (rx_ring_fetch_held),
    .ring_cpl_valid_o   (rx_ring_cpl),
    .ring_wb_valid_i    (rx_ring_wb),
    .ring_wb_addr_i     (rx_ring_wb_addr),
    .ring_wb_len_i      (rx_ring_wb_len),
    .ring_wb_off_i      (rx_ring_wb_off),
    .ring_wb_func_i     (rx_ring_wb_func),
    .ring_pay_i         (rx_ring_pay),
    .ring_wb_sent_o     (rx_ring_wb_sent),
    .ring_wb_held_o     (rx_ring_wb_held),
    .fetch_done_i       (done[nic_pkg::RQ_RX_FETCH]),
    .fetch_valid_o      (rx_fetch),
    .fetch_addr_o       (rx_fetch_addr),
    .fetch_len_o        (rx_fetch_len),
    .fetch_func_o       (rx_fetch_func),
    .fetch_queue_o      (rx_fetch_queue),
    .wb_done_i          (done[nic_pkg::RQ_RX_WB]),
    .wb_valid_o         (rx_wb),
    .wb_addr_o          (rx_wb_addr),
    .wb_len_o           (rx_wb_len),
    .wb_off_o           (rx_wb_off),
    .wb_func_o          (rx_wb_func),
    .wb_queue_o         (rx_wb_queue),
    .pay_valid_i        (pay_valid && pay_sel == 3'(nic_pkg::RQ_RX_WB)),
    .pay_o              (pay_rx_wb),
    .cpl_valid_i        (cpl_rx_fetch),
    .cpl_queue_i        (cpl_queue)
  );

  //////////////
  // Transmit //
  //////////////

  // rings: field q is that of queue q
  logic [8*Queues-1:0]   tx_filled, tx_taken;
  logic [128*Queues-1:0] tx_descs, tx_desc_nexts;
  logic [7*Queues-1:0]   tx_whole, tx_event_packets;
  logic [Queues-1:0]     tx_empty, tx_open, tx_ring_idle, tx_fetching;
  logic [Queues-1:0]     tx_event, tx_event_rxdmt, tx_event_lli;
  logic [Queues-1:0]     tx_ring_fetch, tx_ring_fetch_sent, tx_ring_fetch_held, tx_ring_cpl;
  logic [Queues-1:0]     tx_ring_wb, tx_ring_wb_sent, tx_ring_wb_held;
  logic [64*Queues-1:0]  tx_ring_fetch_addr, tx_ring_wb_addr;
  logic [15*Queues-1:0]  tx_ring_fetch_len, tx_ring_wb_len;
  logic [8*Queues-1:0]   tx_ring_fetch_func, tx_ring_wb_func;
  logic [16*Queues-1:0]  tx_ring_wb_off;
  logic [128*Queues-1:0] tx_ring_pay;
  logic                  tx_done, tx_done_eop, tx_done_rs;
  logic [3:0]            tx_done_queue;
  logic [127:0]          tx_done_wb;
  logic                  tx_listed, tx_dma_busy, tsc, tsc_bad;
  logic [12:0]           tx_freed;

  for (genvar q = 0; q < Queues; q++) begin : gen_tx_ring
    desc_ring_82576 u_ring (
      .clk_i,
      .rst_ni,
      .tx_i            (1'b1),
      .reset_i         (reset),
      .en_i            (tctl[nic_82576_pkg::IGB_TCTL_EN_LSB]),
      .restart_i       (tx_restart[q]),
      .func_i          (queue_func[8*q+:8]),
      .bal_i           (tdbal[32*q+:32]),
      .bah_i           (tdbah[32*q+:32]),
      .len_i           (tdlen[32*q+:32]),
      .tail_i          (tdt[32*q+:16]),
      .dctl_i          (txdctl[32*q+:32]),
      .srrctl_i        ('0),
      .wbal_i          (tdwbal[32*q+:32]),
      .wbah_i          (tdwbah[32*q+:32]),
      .flush_i         (tx_sw_flush[q]),
      .head_we_i       (tx_head_we[q]),
      .head_wdata_i    (head_wdata[16*q+:16]),
      .head_o          (tdh[16*q+:16]),
      .taken_i         (tx_taken[8*q+:8]),
      .done_i          (tx_done && tx_done_queue == 4'(q)),
      .done_eop_i      (tx_done_eop),
      .done_rs_i       (tx_done_rs),
      .done_lli_i      (1'b0),
      .done_wb_i       (tx_done_wb),
      .filled_o        (tx_filled[8*q+:8]),
      .desc_o          (tx_descs[128*q+:128]),
      .desc_next_o     (tx_desc_nexts[128*q+:128]),
      .empty_o         (tx_empty[q]),
      .whole_o         (tx_whole[7*q+:7]),
      .gate_open_i     (tx_open[q]),
      .event_valid_o   (tx_event[q]),
      .event_packets_o (tx_event_packets[7*q+:7]),
      .event_rxdmt_o   (tx_event_rxdmt[q]),
      .event_lli_o     (tx_event_lli[q]),
      .idle_o          (tx_ring_idle[q]),
      .fetching_o      (tx_fetching[q]),
      .fetch_sent_i    (tx_ring_fetch_sent[q]),
      .fetch_held_i    (tx_ring_fetch_held[q]),
      .fetch_granted_i (tx_ring_fetch_held[q] ? tx_fetch_sent : '0),
      .fetch_valid_o   (tx_ring_fetch[q]),
      .fetch_addr_o    (tx_ring_fetch_addr[64*q+:64]),
      .fetch_len_o     (tx_ring_fetch_len[15*q+:15]),
      .fetch_func_o    (tx_ring_fetch_func[8*q+:8]),
      .wb_sent_i       (tx_ring_wb_sent[q]),
      .wb_held_i       (tx_ring_wb_held[q]),
      .wb_valid_o      (tx_ring_wb[q]),
      .wb_addr_o       (tx_ring_wb_addr[64*q+:64]),
      .wb_len_o        (tx_ring_wb_len[15*q+:15]),
      .wb_off_o        (tx_ring_wb_off[16*q+:16]),
      .wb_func_o       (tx_ring_wb_func[8*q+:8]),
      .pay_addr_i      (pay_addr[6:0]),
      .pay_next_i      (pay_next[6:0]),
      .pay_o           (tx_ring_pay[128*q+:128]),
      .cpl_valid_i     (tx_ring_cpl[q]),
      .cpl_data_i      (cpl_data)
    );
  end

  ring_arbiter u_tx_arbiter (
    .clk_i,
    .rst_ni,
    .reset_i            (reset),
    .may_i              (may_queue),
    .restart_i          (tx_restart),
    .ring_fetch_valid_i (tx_ring_fetch),
    .ring_fetch_addr_i  (tx_ring_fetch_addr),
    .ring_fetch_len_i   (tx_ring_fetch_len),
    .ring_fetch_func_i  (tx_ring_fetch_func),
    .ring_fetch_sent_o  (tx_ring_fetch_sent),
    .ring_fetch_held_o  (tx_ring_fetch_held),
    .ring_cpl_valid_o   (tx_ring_cpl),
    .ring_wb_valid_i    (tx_ring_wb),
    .ring_wb_addr_i     (tx_ring_wb_addr),
    .ring_wb_len_i      (tx_ring_wb_len),
    .ring_wb_off_i      (tx_ring_wb_off),
    .ring_wb_func_i     (tx_ring_wb_func),
    .ring_pay_i         (tx_ring_pay),
    .ring_wb_sent_o     (tx_ring_wb_sent),
    .ring_wb_held_o     (tx_ring_wb_held),
    .fetch_done_i       (done[nic_pkg::RQ_TX_FETCH]),
    .fetch_valid_o      (tx_fetch),
    .fetch_addr_o       (tx_fetch_addr),
    .fetch_len_o        (tx_fetch_len),
    .fetch_func_o       (tx_fetch_func),
    .fetch_queue_o      (tx_fetch_queue),
    .wb_done_i          (done[nic_pkg::RQ_TX_WB]),
    .wb_valid_o         (tx_wb),
    .wb_addr_o          (tx_wb_addr),
    .wb_len_o           (tx_wb_len),
    .wb_off_o           (tx_wb_off),
    .wb_func_o          (tx_wb_func),
    .wb_queue_o         (tx_wb_queue),
    .pay_valid_i        (pay_valid && pay_sel == 3'(nic_pkg::RQ_TX_WB)),
    .pay_o              (pay_tx_wb),
    .cpl_valid_i        (cpl_tx_fetch),
    .cpl_queue_i        (cpl_queue)
  );

  // Queues that may be chosen: a whole packet is there, or one that is malformed: the cache is full
  // without an end.
  logic [Queues-1:0] tx_packet, tx_malformed, tx_ready;
  logic [3:0]        tx_queue;
  logic              tx_granted, tx_pkts, tx_drain;
  logic [25:0]       tx_cost;
  logic              sched_busy;

  always_comb begin
    for (int unsigned q = 0; q < Queues; q++) begin
      tx_packet[q] = tx_whole[7*q+:7] != '0;
      tx_malformed[q] = !tx_packet[q] && (tx_filled[8*q+:8] - tx_taken[8*q+:8]) ==
                        8'(nic_pkg::DescCache);
    end
  end

  assign tx_ready = tctl[nic_82576_pkg::IGB_TCTL_EN_LSB]
                        ? (tx_packet | tx_malformed) & tx_queue_en & {2{vfte}} & may_queue &
                          ~tx_restart
                        : '0;

  tx_sched u_tx_sched (
    .clk_i,
    .rst_ni,
    .reset_i     (reset),
    .en_i        (tctl[nic_82576_pkg::IGB_TCTL_EN_LSB]),
    .ready_i     (tx_ready),
    .malformed_i (tx_malformed),
    .pkts_i      (tx_pkts),
    .cost_i      (tx_cost),
    .granted_o   (tx_granted),
    .queue_o     (tx_queue),
    .drain_o     (tx_drain),
    .busy_o      (sched_busy)
  );

  logic         vmdq;
  logic [11:0]  put_start, f_start, w_start;
  logic [14:0]  put_len, f_len, w_len, put_raw_len, f_raw_len, w_raw_len;
  logic [10:0]  put_granules, f_granules, w_granules;
  logic         put_add_fcs, f_add_fcs, w_add_fcs, put_tag_en, f_tag_en, w_tag_en;
  logic         put_ip_en, f_ip_en, w_ip_en, put_tu_en, f_tu_en, w_tu_en;
  logic [15:0]  put_tag, f_tag, w_tag, put_vet, f_vet, w_vet;
  logic [15:0]  put_ip_val, f_ip_val, w_ip_val, put_tu_val, f_tu_val, w_tu_val;
  logic [7:0]   put_ip_off, f_ip_off, w_ip_off, put_tu_off, f_tu_off, w_tu_off;
  logic [3:0]   put_queue, f_queue;
  logic [127:0] put_head, f_head;

  assign put_entry = {put_start, put_len, put_raw_len, put_granules, put_add_fcs,
                      put_tag_en, put_tag, put_vet,
                      put_ip_en, put_ip_off, put_ip_val,
                      put_tu_en, put_tu_off, put_tu_val, put_queue, put_head};
  assign {f_start, f_len, f_raw_len, f_granules, f_add_fcs,
          f_tag_en, f_tag, f_vet,
          f_ip_en, f_ip_off, f_ip_val,
          f_tu_en, f_tu_off, f_tu_val, f_queue, f_head} = front_entry;

  assign vmdq = mrqc[nic_82576_pkg::IGB_MRQC_MODE_LSB+:nic_82576_pkg::IGB_MRQC_MODE_W] == 3'd3 ||
                mrqc[nic_82576_pkg::IGB_MRQC_MODE_LSB+:nic_82576_pkg::IGB_MRQC_MODE_W] == 3'd5;

  logic [Queues-1:0] tx_waits;

  tx_dma_82576 u_tx_dma (
    .clk_i,
    .rst_ni,
    .reset_i        (reset),
    .restart_i      (tx_restart),
    .forget_i       ({(Queues/Vfs){vf_reset}}),
    .en_i           (tctl[nic_82576_pkg::IGB_TCTL_EN_LSB] && !orphan),
    .granted_i      (tx_granted),
    .queue_i        (tx_queue),
    .drain_i        (tx_drain),
    .pkts_o         (tx_pkts),
    .cost_o         (tx_cost),
    .filled_i       (tx_filled[8*tx_queue+:8]),
    .desc_i         (tx_descs[128*tx_queue+:128]),
    .func_i         (queue_func[8*tx_queue+:8]),
    .taken_o        (tx_taken),
    .done_o         (tx_done),
    .done_queue_o   (tx_done_queue),
    .done_eop_o     (tx_done_eop),
    .done_rs_o      (tx_done_rs),
    .done_wb_o      (tx_done_wb),
    .bad_o          (bad),
    .bad_queue_o    (bad_queue),
    .tsc_o          (tsc),
    .tsc_bad_o      (tsc_bad),
    .req_valid_o    (tx_req),
    .req_addr_o     (tx_req_addr),
    .req_len_o      (tx_req_len),
    .req_func_o     (tx_req_func),
    .req_queue_o    (tx_req_queue),
    .sent_i         (done[nic_pkg::RQ_TX_DATA]),
    .sent_bytes_i   (tx_req_sent),
    .cpl_valid_i    (cpl_tx_data),
    .cpl_eop_i      (cpl_eop),
    .cpl_len_i      (cpl_len),
    .cpl_data_i     (cpl_data),
    .vmdq_i         (vmdq),
    .vmvir_i        (vmvir),
    .vme_i          (ctrl[nic_82576_pkg::IGB_CTRL_VME_LSB]),
    .psp_i          (tctl[nic_82576_pkg::IGB_TCTL_PSP_LSB]),
    .vet_i          (vet),
    .tx_cap_i       (tx_cap),
    .tx_we_o        (tx_we),
    .tx_waddr_o     (tx_waddr),
    .tx_wdata_o     (tx_wdata),
    .tx_wready_i    (tx_wready),
    .put_o          (tx_put),
    .put_start_o    (put_start),
    .put_len_o      (put_len),
    .put_raw_len_o  (put_raw_len),
    .put_granules_o (put_granules),
    .put_add_fcs_o  (put_add_fcs),
    .put_tag_en_o   (put_tag_en),
    .put_tag_o      (put_tag),
    .put_vet_o      (put_vet),
    .put_ip_en_o    (put_ip_en),
    .put_ip_off_o   (put_ip_off),
    .put_ip_val_o   (put_ip_val),
    .put_tu_en_o    (put_tu_en),
    .put_tu_off_o   (put_tu_off),
    .put_tu_val_o   (put_tu_val),
    .put_queue_o    (put_queue),
    .put_head_o     (put_head),
    .frames_o       (tx_frames),
    .listed_i       (tx_looked),
    .freed_i        (tx_freed),
    .waits_o        (tx_waits),
    .frame_o        (tx_listed),
    .busy_o         (tx_dma_busy)
  );

  // Functions that wait for completions, a ring from the picking of its request on, and whether anything
  // asked of the host is not over.
  logic [Queues-1:0] rx_ring_waits, tx_ring_waits;

  assign rx_ring_waits = rx_fetching & (~rx_ring_fetch | rx_ring_fetch_held);
  assign tx_ring_waits = tx_fetching & (~tx_ring_fetch | tx_ring_fetch_held);

  always_comb begin
    func_pending = '0;
    for (int unsigned f = 0; f <= Vfs; f++) begin
      for (int unsigned q = 0; q < Queues; q++) begin
        if ((rx_ring_waits[q] && rx_ring_fetch_func[8*q+:8] == 8'(f)) ||
            (tx_ring_waits[q] && tx_ring_fetch_func[8*q+:8] == 8'(f)) ||
            (tx_waits[q] && queue_func[8*q+:8] == 8'(f))) begin
          func_pending[f] = 1'b1;
        end
      end
    end
  end

  assign requests = rx_req || tx_req || rx_fetch || rx_wb || tx_fetch || tx_wb || msi ||
                    msix_req || func_pending != '0;

  logic [9:0]  wire_frames, wire_sent, wire_ended;
  logic        switch_busy;
  logic        doutsync, what_valid, what_vf, what_spoof, what_wire;
  logic [14:0] what_len, what_loop_len;
  logic [3:0]  what_queue;
  logic [15:0] what_queues;

  l2_switch u_switch (
    .clk_i,
    .rst_ni,
    .reset_i         (reset),
    .listed_i        (tx_frames),
    .looked_o        (tx_looked),
    .freed_o         (tx_freed),
    .f_start_i       (f_start),
    .f_len_i         (f_len),
    .f_raw_len_i     (f_raw_len),
    .f_granules_i    (f_granules),
    .f_add_fcs_i     (f_add_fcs),
    .f_tag_en_i      (f_tag_en),
    .f_tag_i         (f_tag),
    .f_vet_i         (f_vet),
    .f_ip_en_i       (f_ip_en),
    .f_ip_off_i      (f_ip_off),
    .f_ip_val_i      (f_ip_val),
    .f_tu_en_i       (f_tu_en),
    .f_tu_off_i      (f_tu_off),
    .f_tu_val_i      (f_tu_val),
    .f_queue_i       (f_queue),
    .f_head_i        (f_head),
    .rctl_i          (rctl),
    .vme_i           (ctrl[nic_82576_pkg::IGB_CTRL_VME_LSB]),
    .vet_i           (vet),
    .mrqc_i          (mrqc),
    .vt_ctl_i        (vt_ctl),
    .dtxswc_i        (dtxswc),
    .rplolr_i        (rplolr),
    .vfre_i          (vfre),
    .ral_i           (ral),
    .rah_i           (rah),
    .vlvf_i          (vlvf),
    .vmolr_i         (vmolr),
    .hash_addr_o     (hash_addr_sw),
    .mta_row_i       (mta_row_sw),
    .uta_row_i       (uta_row_sw),
    .vfta_addr_o     (vfta_addr_sw),
    .vfta_row_i      (vfta_row_sw),
    .spoof_int_i     (dtxctl[nic_82576_pkg::IGB_DTXCTL_SPOOF_INT_LSB]),
    .there_i         (there),
    .csr_valid_i     (bus_valid),
    .csr_write_i     (bus_write),
    .csr_id_i        (bus_id),
    .wire_o          (wire_frames),
    .wire_sent_i     (wire_sent),
    .wire_ended_i    (wire_ended),
    .w_start_o       (w_start),
    .w_len_o         (w_len),
    .w_raw_len_o     (w_raw_len),
    .w_granules_o    (w_granules),
    .w_add_fcs_o     (w_add_fcs),
    .w_tag_en_o      (w_tag_en),
    .w_tag_o         (w_tag),
    .w_vet_o         (w_vet),
    .w_ip_en_o       (w_ip_en),
    .w_ip_off_o      (w_ip_off),
    .w_ip_val_o      (w_ip_val),
    .w_tu_en_o       (w_tu_en),
    .w_tu_off_o      (w_tu_off),
    .w_tu_val_o      (w_tu_val),
    .loop_o          (loops),
    .loop_ended_i    (loops_done),
    .l_start_o       (l_start),
    .l_len_o         (l_len),
    .l_queues_o      (l_queues),
    .l_tag_o         (l_tag),
    .l_strip_tag_o   (l_strip_tag),
    .l_put_tag_o     (l_put_tag),
    .l_mcast_o       (l_mcast),
    .l_pif_o         (l_pif),
    .l_ip_en_o       (l_ip_en),
    .l_ip_off_o      (l_ip_off),
    .l_ip_val_o      (l_ip_val),
    .l_tu_en_o       (l_tu_en),
    .l_tu_off_o      (l_tu_off),
    .l_tu_val_o      (l_tu_val),
    .ln_start_o      (ln_start),
    .ln_len_o        (ln_len),
    .ln_queues_o     (ln_queues),
    .ln_strip_tag_o  (ln_strip_tag),
    .ln_put_tag_o    (ln_put_tag),
    .wvbr_o          (wvbr),
    .doutsync_o      (doutsync),
    .what_valid_o    (what_valid),
    .what_len_o      (what_len),
    .what_queue_o    (what_queue),
    .what_vf_o       (what_vf),
    .what_spoof_o    (what_spoof),
    .what_wire_o     (what_wire),
    .what_queues_o   (what_queues),
    .what_loop_len_o (what_loop_len),
    .busy_o          (switch_busy)
  );

  logic [12:0] wire_freed; // the switch counts them

  mac_tx #(
    .TctlId (16'(nic_82576_pkg::IGB_R_TCTL))
  ) u_mac_tx (
    .clk_i,
    .rst_ni,
    .reset_i        (reset),
    .link_i         (lu || loopback),
    .loopback_i     (loopback),
    .tx_en_i        (tctl[nic_82576_pkg::IGB_TCTL_EN_LSB]),
    .speed_i        (speed),
    .tfce_i         (ctrl[nic_82576_pkg::IGB_CTRL_TFCE_LSB]),
    .fcrth_i        (fcrth),
    .fcrtl_i        (fcrtl),
    .fcttv_i        (fcttv),
    .fct_i          (fct),
    .tipg_i         (tipg),
    .ait_i          ('0),
    .mac_i          ({rah[15:0], ral[31:0]}),
    .csr_valid_i    (bus_valid),
    .csr_write_i    (bus_write),
    .csr_id_i       (bus_id),
    .csr_wdata_i    (bus_wdata),
    .rx_used_i      (rx_used),
    .pause_i        (pause),
    .pause_quanta_i (pause_quanta),
    .overflow_i     (rxo),
    .frames_i       (wire_frames),
    .sent_o         (wire_sent),
    .ended_o        (wire_ended),
    .freed_o        (wire_freed),
    .f_start_i      (w_start),
    .f_len_i        (w_len),
    .f_raw_len_i    (w_raw_len),
    .f_granules_i   (w_granules),
    .f_add_fcs_i    (w_add_fcs),
    .f_tag_en_i     (w_tag_en),
    .f_tag_i        (w_tag),
    .f_vet_i        (w_vet),
    .f_ip_en_i      (w_ip_en),
    .f_ip_off_i     (w_ip_off),
    .f_ip_val_i     (w_ip_val),
    .f_tu_en_i      (w_tu_en),
    .f_tu_off_i     (w_tu_off),
    .f_tu_val_i     (w_tu_val),
    .tx_base_i      (tx_base),
    .tx_cap_i       (tx_cap),
    .tx_re_o        (tx_re),
    .tx_raddr_o     (tx_raddr),
    .tx_rready_i    (tx_rready),
    .tx_rdata_i     (tx_rdata),
    .tx_en_o,
    .tx_ce_o,
    .txd_o,
    .lb_en_o        (lb_en),
    .lb_ce_o        (lb_ce),
    .lb_d_o         (lb_d),
    .txoff_o        (tx_off),
    .busy_o         (tx_busy),
    .want_o         (tx_want),
    .orphan_o       (orphan),
    .st_valid_o     (st_tx_valid),
    .st_len_o       (st_tx_len),
    .st_flags_o     (st_tx_flags)
  );

  //////////////
  // Counters //
  //////////////

  logic [Vectors-1:0] sent; // vectors, in this tick
  logic [Vfs-1:0]     counted; // VFs: whether one is there was seen when its event came about

  always_comb begin
    counted = there;
    if (p) counted[p_queue[$clog2(Vfs)-1:0]] = p_vf;
    if (what_valid && !what_spoof) counted[what_queue[$clog2(Vfs)-1:0]] = what_vf;
  end

  stats_82576 u_stats (
    .clk_i,
    .rst_ni,
    .reset_i         (reset),
    .vf_clear_i      (vf_anew),
    .there_i         (counted),
    .csr_valid_i     (bus_valid),
    .csr_write_i     (bus_write),
    .csr_id_i        (bus_id),
    .csr_index_i     (bus_index),
    .rdata_o         (stats_rdata),
    .rx_valid_i      (st_rx_valid),
    .rx_len_i        (st_rx_len),
    .rx_flags_i      (st_rx_flags),
    .tx_valid_i      (st_tx_valid),
    .tx_len_i        (st_tx_len),
    .tx_flags_i      (st_tx_flags),
    .rnbc_i          (rnbc),
    .drop_i          (drop && !drop_off),
    .drop_queue_i    (drop_queue),
    .host_rx_valid_i (p),
    .host_rx_queue_i (p_queue),
    .host_rx_len_i   (16'(p_bytes)),
    .host_rx_mcast_i (p_mcast),
    .host_rx_loop_i  (p_loop),
    .host_tx_valid_i (what_valid && !what_spoof),
    .host_tx_queue_i (what_queue),
    .host_tx_len_i   (16'(what_len)),
    .host_tx_wire_i  (what_wire),
    .host_tx_loop_i  (what_queues != '0),
    .tsc_i           (tsc),
    .tsc_bad_i       (tsc_bad),
    .sent_i          (sent)
  );

  ////////////////
  // Interrupts //
  ////////////////

  logic [Vectors-1:0] open, credit;
  logic [Vectors-1:0] vectors_anew;
  logic [LlW-1:0]     ll_interval;
  logic               vmmb;
  logic [Vfs-1:0]     vf_mail;
  logic [31:0]        causes;
  logic [3:0]         rx_event_queue, tx_event_queue;

  always_comb begin
    causes = '0;
    causes[nic_82576_pkg::IGB_ICR_LSC_LSB]      = lsc;
    causes[nic_82576_pkg::IGB_ICR_RXO_LSB]      = rxo;
    causes[nic_82576_pkg::IGB_ICR_VMMB_LSB]     = vmmb;
    causes[nic_82576_pkg::IGB_ICR_MDAC_LSB]     = mdac;
    causes[nic_82576_pkg::IGB_ICR_DOUTSYNC_LSB] = doutsync || mdp;
    // at most one ring of a direction has an event
    rx_event_queue = '0;
    tx_event_queue = '0;
    for (int unsigned q = 0; q < Queues; q++) begin
      if (rx_event[q]) rx_event_queue = 4'(q);
      if (tx_event[q]) tx_event_queue = 4'(q);
    end
  end

  irq_82576 u_irq (
    .clk_i,
    .rst_ni,
    .reset_i       (reset),
    .stay_i        (vf_stay),
    .vf_reset_i    (vf_reset),
    .set_i         (causes),
    .rx_valid_i    (rx_event != '0),
    .rx_queue_i    (rx_event_queue),
    .rx_packets_i  (rx_event_packets[7*rx_event_queue+:7]),
    .rx_lli_i      (rx_event_lli[rx_event_queue]),
    .rx_rxdmt_i    (rx_event_rxdmt[rx_event_queue]),
    .tx_valid_i    (tx_event != '0),
    .tx_queue_i    (tx_event_queue),
    .tx_packets_i  (tx_event_packets[7*tx_event_queue+:7]),
    .vf_i          (vf_mail),
    .msi_en_i      (msi_en),
    .msix_en_i     (msix_en[0]),
    .msi_done_i    (done[nic_pkg::RQ_MSI] && by_msi_d),
    .open_i        (open),
    .credit_i      (credit),
    .sent_o        (sent),
    .ll_interval_o (ll_interval),
    .rx_open_o     (rx_open),
    .tx_open_o     (tx_open),
    .csr_valid_i   (bus_valid),
    .csr_write_i   (bus_write),
    .csr_id_i      (bus_id),
    .csr_index_i   (bus_index),
    .csr_func_i    (bus_func),
    .csr_wdata_i   (bus_wdata),
    .rdata_o       (irq_rdata),
    .int_o         (int_level),
    .msi_o         (msi_wait)
  );

  always_comb begin
    vectors_anew = '0;
    for (int unsigned n = 0; n < Vfs; n++) begin
      if (vf_anew[n]) begin
        vectors_anew[Vectors - nic_82576_pkg::MsixVf*(n+1) +: nic_82576_pkg::MsixVf] = '1;
      end
    end
  end

  eitr u_eitr (
    .clk_i,
    .rst_ni,
    .reset_i       (flr[0]),
    .clear_i       (vectors_anew),
    .ctrl_rst_i    (ctrl_rst),
    .sent_i        (sent),
    .ll_interval_i (ll_interval),
    .csr_valid_i   (bus_valid),
    .csr_write_i   (bus_write),
    .csr_id_i      (bus_id),
    .csr_index_i   (bus_index),
    .csr_wdata_i   (bus_wdata),
    .rdata_o       (eitr_rdata),
    .open_o        (open),
    .credit_o      (credit)
  );

  msix u_msix (
    .clk_i,
    .rst_ni,
    .valid_i       (msix_valid),
    .write_i       (acc_write),
    .func_i        (acc_func),
    .addr_i        (acc_addr),
    .be_i          (acc_be),
    .wdata_i       (acc_wdata),
    .rdata_o       (msix_rdata),
    .sent_i        (sent),
    .msix_en_i     (msix_en),
    .msix_mask_i   (msix_mask),
    .may_request_i (may_func),
    .func_reset_i  (flr | {vf_start, 1'b0}),
    .there_i       (there),
    .req_valid_o   (msix_req),
    .req_func_o    (msix_func),
    .req_addr_o    (msix_to),
    .req_data_o    (msix_value),
    .done_i        (done[nic_pkg::RQ_MSI] && !by_msi_d)
  );

  vf_mailbox u_mailbox (
    .clk_i,
    .rst_ni,
    .reset_i     (reset),
    .csr_valid_i (bus_valid),
    .csr_write_i (bus_write),
    .csr_id_i    (bus_id),
    .csr_index_i (bus_index),
    .csr_wdata_i (bus_wdata),
    .rdata_o     (mailbox_rdata),
    .there_i     (there),
    .vf_flr_i    (flr[Vfs:1]),
    .vf_start_i  (vf_start),
    .vmmb_o      (vmmb),
    .vf_o        (vf_mail),
    .vfre_o      (vfre),
    .vfte_o      (vfte)
  );

  assign intx_o = int_level && !msi_en && !msix_en[0] && !intx_disable;

  // Read by the harness only, or by nobody.
  logic unused;
  assign unused = ^{fd, power_state, bar0, bar2, bar3, vf_bar0, vf_bar3, ctrl, ctrl_ext, dtxctl,
                    rx_pb_base, rx_pb_cap, rx_pb_wready, rx_pb_rready, rx_pb_front, rx_pb_rdata,
                    rx_pbm, tx_pbm, tx_pb_used, tx_pb_lost, tx_pb_bytes, tx_pb_frames, tx_pb_start,
                    tx_pb_csum, tx_pb_vlan, tx_pb_next, tx_pb_len, tx_pb_next_len, tx_pb_granules,
                    tx_pb_status, tx_pb_errors, tx_pb_extra, tx_pb_next_extra, rdt, tdt,
                    rx_done_eop, rx_err, p_len, drop_loop, rx_whole, tx_empty, tx_desc_nexts,
                    tx_event_rxdmt, tx_event_lli, tx_listed, what_loop_len, wire_freed,
                    acc_func, fate, fate_valid, tx_done_eop};

  logic still;
  assign still = regs_idle && !lsc && flr == '0 && vf_start == '0 && !vf_stop && !mdac && !rxo &&
                 !pause && !rx_busy && !tx_busy && !tx_want && port_idle && !requests &&
                 rx_frames == rx_frames_done && !tx_dma_busy && !switch_busy && !sched_busy &&
                 &rx_ring_idle && &tx_ring_idle && !p && !drop && !rnbc && !rx_done && !tx_done &&
                 !bad && !tsc && !what_valid && !doutsync && !vmmb && vf_mail == '0;

  idle u_idle (
    .clk_i,
    .rst_ni,
    .still_i (still),
    .idle_o
  );

endmodule
