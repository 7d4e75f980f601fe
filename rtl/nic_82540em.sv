// SPDX-License-Identifier: Apache-2.0
// The 82540EM: which output goes to which input, and nothing else. Twin of model/wiring.h.
//
// Cycle contract: docs/cycle-contract.md. Pins: rtl/nic_pins.def, with _i and _o; no output answers
// to an input in the same cycle. rst_ni is power-good reset.
// Known differences: those of the modules.
module nic_82540em #(
  parameter logic [47:0] Mac = nic_pkg::DefaultMac, // first wire byte in bits 7:0
  parameter logic [15:0] DeviceId = nic_pkg::PCI_CONFIG_ID_RESET[31:16],
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

  localparam int unsigned CauseW = nic_pkg::E1000_ICR_SRPD_LSB + 1;

  //////////
  // regs //
  //////////

  // register bus
  logic        bus_valid, bus_write;
  logic [15:0] bus_id, bus_index;
  logic [31:0] bus_wdata;
  logic        pci_valid, pci_write, pci_io;
  logic [19:0] pci_addr;
  logic [3:0]  pci_be;
  logic [31:0] pci_wdata, pci_rdata;
  logic        reset, regs_idle, restart_rx, restart_tx;
  // link
  logic        lu, lsc, loopback;
  logic [1:0]  speed;
  logic        fd;
  // values
  logic [31:0] ctrl, ctrl_ext, rctl, tctl, rxdctl, txdctl, rxcsum;
  logic [31:0] rdbal, rdbah, rdlen, tdbal, tdbah, tdlen, fcal, fcrth, fcrtl, tipg;
  logic [15:0] itr, rdtr, radv, rxframes, tidv, tadv, txframes, mtdly, rdt, tdt;
  logic [15:0] vet, fct, fcah, fcttv, ait, pba;
  logic [11:0] rsrpd;
  logic [2:0]  mtctl;
  logic [511:0] ral, rah;
  logic [6:0]  mta_addr, vfta_addr;
  logic [31:0] mta_row, vfta_row;
  // values of others
  logic [31:0] eecd, eerd, mdic, stats_rdata, pbm_rdata, ral0, rah0, ee_ctrl, ee_ctrl_loaded;
  logic [CauseW-1:0] icr, ims;
  logic [15:0] rdh, tdh;
  logic        phy_interrupt, tx_off, phy_link, phy_fd, phy_loopback;
  logic [1:0]  phy_speed;
  logic [31:0] ioaddr;
  logic        mem_en, io_en, bus_master, intx_disable, msi_en;
  logic [13:0] pbm_addr, pbm_waddr;
  logic [31:0] pbm_wdata;
  logic        pbm_we;

  regs u_regs (
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
    .bus_valid_o    (bus_valid),
    .bus_write_o    (bus_write),
    .bus_id_o       (bus_id),
    .bus_index_o    (bus_index),
    .bus_wdata_o    (bus_wdata),
    .pci_valid_o    (pci_valid),
    .pci_write_o    (pci_write),
    .pci_io_o       (pci_io),
    .pci_addr_o     (pci_addr),
    .pci_be_o       (pci_be),
    .pci_wdata_o    (pci_wdata),
    .pci_rdata_i    (pci_rdata),
    .pci_ioaddr_i   (ioaddr),
    .pci_mem_en_i   (mem_en),
    .pci_io_en_i    (io_en),
    .reset_o        (reset),
    .idle_o         (regs_idle),
    .eecd_i         (eecd),
    .eerd_i         (eerd),
    .mdic_i         (mdic),
    .icr_i          (icr),
    .ims_i          (ims),
    .rdh_i          (rdh),
    .tdh_i          (tdh),
    .stats_rdata_i  (stats_rdata),
    .pbm_rdata_i    (pbm_rdata),
    .phy_int_i      (phy_interrupt),
    .txoff_i        (tx_off),
    .phy_link_i     (phy_link),
    .phy_fd_i       (phy_fd),
    .phy_speed_i    (phy_speed),
    .phy_loopback_i (phy_loopback),
    .lu_o           (lu),
    .speed_o        (speed),
    .fd_o           (fd),
    .lsc_o          (lsc),
    .loopback_o     (loopback),
    .ral0_i         (ral0),
    .rah0_i         (rah0),
    .ee_ctrl_o      (ee_ctrl),
    .ee_ctrl_i      (ee_ctrl_loaded),
    .restart_rx_o   (restart_rx),
    .restart_tx_o   (restart_tx),
    .ctrl_o         (ctrl),
    .ctrl_ext_o     (ctrl_ext),
    .rctl_o         (rctl),
    .tctl_o         (tctl),
    .itr_o          (itr),
    .rdtr_o         (rdtr),
    .radv_o         (radv),
    .rsrpd_o        (rsrpd),
    .rxframes_o     (rxframes),
    .tidv_o         (tidv),
    .tadv_o         (tadv),
    .txframes_o     (txframes),
    .mtctl_o        (mtctl),
    .mtdly_o        (mtdly),
    .rdbal_o        (rdbal),
    .rdbah_o        (rdbah),
    .rdlen_o        (rdlen),
    .rdt_o          (rdt),
    .rxdctl_o       (rxdctl),
    .tdbal_o        (tdbal),
    .tdbah_o        (tdbah),
    .tdlen_o        (tdlen),
    .tdt_o          (tdt),
    .txdctl_o       (txdctl),
    .rxcsum_o       (rxcsum),
    .vet_o          (vet),
    .fct_o          (fct),
    .fcal_o         (fcal),
    .fcah_o         (fcah),
    .fcttv_o        (fcttv),
    .fcrth_o        (fcrth),
    .fcrtl_o        (fcrtl),
    .tipg_o         (tipg),
    .ait_o          (ait),
    .pba_o          (pba),
    .ral_o          (ral),
    .rah_o          (rah),
    .mta_addr_i     (mta_addr),
    .mta_row_o      (mta_row),
    .vfta_addr_i    (vfta_addr),
    .vfta_row_o     (vfta_row),
    .pbm_addr_o     (pbm_addr),
    .pbm_we_o       (pbm_we),
    .pbm_waddr_o    (pbm_waddr),
    .pbm_wdata_o    (pbm_wdata)
  );

  ////////////////////////////////////////////////
  // Configuration space, EEPROM, PHY, counters //
  ////////////////////////////////////////////////

  logic        int_level;
  logic [63:0] msi_addr;
  logic [15:0] msi_data;
  logic [31:0] pci_id, pci_subsystem;
  logic        msi_visible;
  logic        mdac, phyint;
  logic [1:0]  power_state;

  pci_config u_pci_config (
    .clk_i,
    .rst_ni,
    .valid_i        (pci_valid),
    .write_i        (pci_write),
    .io_i           (pci_io),
    .addr_i         (pci_addr),
    .be_i           (pci_be),
    .wdata_i        (pci_wdata),
    .rdata_o        (pci_rdata),
    .intx_i         (int_level),
    .status_set_i   ('0), // no pin tells of an error of the bus
    .id_i           (pci_id),
    .subsystem_i    (pci_subsystem),
    .msi_visible_i  (msi_visible),
    .mem_en_o       (mem_en),
    .io_en_o        (io_en),
    .bus_master_o   (bus_master),
    .intx_disable_o (intx_disable),
    .msi_en_o       (msi_en),
    .power_state_o  (power_state),
    .msi_addr_o     (msi_addr),
    .msi_data_o     (msi_data),
    .ioaddr_o       (ioaddr)
  );

  eeprom #(
    .Mac      (Mac),
    .DeviceId (DeviceId)
  ) u_eeprom (
    .clk_i,
    .rst_ni,
    .reset_i         (reset),
    .csr_valid_i     (bus_valid),
    .csr_write_i     (bus_write),
    .csr_id_i        (bus_id),
    .csr_wdata_i     (bus_wdata),
    .eecd_o          (eecd),
    .eerd_o          (eerd),
    .ral0_o          (ral0),
    .rah0_o          (rah0),
    .pci_id_o        (pci_id),
    .pci_subsystem_o (pci_subsystem),
    .msi_o           (msi_visible),
    .ctrl_i          (ee_ctrl),
    .ctrl_o          (ee_ctrl_loaded)
  );

  logic rx_err; // of mac_rx

  phy #(
    .AutonegCyc (AutonegCyc)
  ) u_phy (
    .clk_i,
    .rst_ni,
    .reset_i      (reset),
    .csr_valid_i  (bus_valid),
    .csr_write_i  (bus_write),
    .csr_id_i     (bus_id),
    .csr_wdata_i  (bus_wdata),
    .phy_rst_i    (ctrl[nic_pkg::E1000_CTRL_PHY_RST_LSB]),
    .gpi1_i       (ctrl_ext[nic_pkg::E1000_CTRL_EXT_GPI_EN_LSB+1]),
    .lp_present_i,
    .lp_speed_i,
    .lp_pause_i,
    .rx_err_i     (rx_err),
    .mdic_o       (mdic),
    .mdac_o       (mdac),
    .link_o       (phy_link),
    .fd_o         (phy_fd),
    .speed_o      (phy_speed),
    .loopback_o   (phy_loopback),
    .int_o        (phy_interrupt),
    .phyint_o     (phyint)
  );

  logic        st_rx_valid, st_tx_valid, rnbc, tsc, tsc_bad;
  logic [14:0] st_rx_len, st_tx_len;
  logic [nic_pkg::STATS_W-1:0] st_rx_flags, st_tx_flags;

  stats u_stats (
    .clk_i,
    .rst_ni,
    .reset_i     (reset),
    .csr_valid_i (bus_valid),
    .csr_write_i (bus_write),
    .csr_id_i    (bus_id),
    .rx_valid_i  (st_rx_valid),
    .rx_len_i    (st_rx_len),
    .rx_flags_i  (st_rx_flags),
    .tx_valid_i  (st_tx_valid),
    .tx_len_i    (st_tx_len),
    .tx_flags_i  (st_tx_flags),
    .rnbc_i      (rnbc),
    .tsc_i       (tsc),
    .tsc_bad_i   (tsc_bad),
    .rdata_o     (stats_rdata)
  );

  ///////////////
  // Host port //
  ///////////////

  logic [6:0]  done;
  logic        rx_req, rx_fetch, rx_wb, tx_fetch, tx_wb, tx_req, msi;
  logic [63:0] rx_req_addr, rx_fetch_addr, rx_wb_addr, tx_fetch_addr, tx_wb_addr, tx_req_addr;
  logic [14:0] rx_req_len, rx_fetch_len, rx_wb_len, tx_fetch_len, tx_wb_len, tx_req_len;
  logic [15:0] rx_req_off, rx_wb_off, tx_wb_off;
  logic [7:0]  rx_fetch_func, rx_wb_func, tx_fetch_func, tx_wb_func;
  logic [16:0] rx_bytes;
  logic [14:0] rx_fetch_sent, tx_fetch_sent, tx_req_sent;
  logic        pay_valid, port_idle;
  logic [2:0]  pay_sel;
  logic [12:0] pay_addr, pay_next;
  logic [127:0] pay_rx_data, pay_rx_wb, pay_tx_wb;

  host_port u_host_port (
    .clk_i,
    .rst_ni,
    .reset_i          (reset),
    .master_en_i      (bus_master),
    .rx_data_valid_i  (rx_req),
    .rx_data_addr_i   (rx_req_addr),
    .rx_data_len_i    (rx_req_len),
    .rx_data_func_i   ('0),
    .rx_data_queue_i  ('0),
    .rx_data_off_i    (rx_req_off),
    .rx_data_wrap_i   (rx_bytes),
    .rx_fetch_valid_i (rx_fetch),
    .rx_fetch_addr_i  (rx_fetch_addr),
    .rx_fetch_len_i   (rx_fetch_len),
    .rx_fetch_func_i  (rx_fetch_func),
    .rx_fetch_queue_i ('0),
    .rx_wb_valid_i    (rx_wb),
    .rx_wb_addr_i     (rx_wb_addr),
    .rx_wb_len_i      (rx_wb_len),
    .rx_wb_func_i     (rx_wb_func),
    .rx_wb_queue_i    ('0),
    .rx_wb_off_i      (rx_wb_off),
    .tx_fetch_valid_i (tx_fetch),
    .tx_fetch_addr_i  (tx_fetch_addr),
    .tx_fetch_len_i   (tx_fetch_len),
    .tx_fetch_func_i  (tx_fetch_func),
    .tx_fetch_queue_i ('0),
    .tx_wb_valid_i    (tx_wb),
    .tx_wb_addr_i     (tx_wb_addr),
    .tx_wb_len_i      (tx_wb_len),
    .tx_wb_func_i     (tx_wb_func),
    .tx_wb_queue_i    ('0),
    .tx_wb_off_i      (tx_wb_off),
    .tx_data_valid_i  (tx_req),
    .tx_data_addr_i   (tx_req_addr),
    .tx_data_len_i    (tx_req_len),
    .tx_data_func_i   ('0),
    .tx_data_queue_i  ('0),
    .msi_valid_i      (msi),
    .msi_func_i       ('0),
    .msi_addr_i       (msi_addr),
    .msi_data_i       ({16'b0, msi_data}),
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
  // Packet buffer //
  ///////////////////

  logic        pb_byte, pb_first, pb_we, pb_end, pb_accept, pb_lost;
  logic [11:0] pb_word;
  logic [63:0] pb_wdata;
  logic [14:0] acc_len;
  logic [15:0] acc_csum, acc_vlan;
  logic [7:0]  acc_status, acc_errors;
  logic        p;
  logic [10:0] freed_granules;
  logic [12:0] rx_used, tx_cap;
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

  // An entry of the transmit list, as tx_dma makes it and mac_tx takes it: the packet buffer only
  // keeps it.
  localparam int unsigned TxEntryW = 137;
  logic [TxEntryW-1:0] put_entry, front_entry;
  logic [11:0] put_start, f_start;
  logic [14:0] put_len, f_len, put_raw_len, f_raw_len;
  logic [10:0] put_granules, f_granules;
  logic        put_add_fcs, f_add_fcs, put_tag_en, f_tag_en, put_ip_en, f_ip_en, put_tu_en, f_tu_en;
  logic [15:0] put_tag, f_tag, put_vet, f_vet, put_ip_val, f_ip_val, put_tu_val, f_tu_val;
  logic [7:0]  put_ip_off, f_ip_off, put_tu_off, f_tu_off;
  logic [9:0]  tx_frames, tx_sent;
  logic [12:0] tx_base;
  logic        unused_fr_extra, unused_nx_extra;

  assign put_entry = {put_start, put_len, put_raw_len, put_granules, put_add_fcs,
                      put_tag_en, put_tag, put_vet,
                      put_ip_en, put_ip_off, put_ip_val,
                      put_tu_en, put_tu_off, put_tu_val};
  assign {f_start, f_len, f_raw_len, f_granules, f_add_fcs,
          f_tag_en, f_tag, f_vet,
          f_ip_en, f_ip_off, f_ip_val,
          f_tu_en, f_tu_off, f_tu_val} = front_entry;

  packet_buffer #(
    .TxEntryW (TxEntryW)
  ) u_packet_buffer (
    .clk_i,
    .rst_ni,
    .reset_i          (reset),
    .pba_i            (pba),
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
    .rx_extra_i       (1'b0),
    .rx_lost_o        (pb_lost),
    .p_i              (p),
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
    .frame_extra_o    (unused_fr_extra),
    .next_start_o     (nx_start),
    .next_len_o       (nx_len),
    .next_extra_o     (unused_nx_extra),
    .tx_base_o        (tx_base),
    .tx_cap_o         (tx_cap),
    .tx_we_i          (tx_we),
    .tx_waddr_i       (tx_waddr),
    .tx_wdata_i       (tx_wdata),
    .tx_wready_o      (tx_wready),
    .tx_put_i         (tx_put),
    .tx_entry_i       (put_entry),
    .tx_sent_i        (tx_sent),
    .tx_front_o       (front_entry),
    .tx_re_i          (tx_re),
    .tx_raddr_i       (tx_raddr),
    .tx_rready_o      (tx_rready),
    .tx_rdata_o       (tx_rdata),
    .pay_valid_i      (pay_valid && (pay_sel == 3'(nic_pkg::RQ_RX_DATA))),
    .pay_addr_i       (pay_addr),
    .pay_next_i       (pay_next),
    .pay_o            (pay_rx_data),
    .pbm_addr_i       (pbm_addr),
    .pbm_rdata_o      (pbm_rdata),
    .pbm_we_i         (pbm_we),
    .pbm_waddr_i      (pbm_waddr),
    .pbm_wdata_i      (pbm_wdata)
  );

  /////////////
  // Receive //
  /////////////

  logic        lb_en, lb_ce;
  logic [7:0]  lb_d;
  logic        rxo, pause, rx_busy, tx_busy, tx_want, orphan;
  logic [15:0] pause_quanta;
  logic        rx_ring_empty;
  logic        fate_valid; // meters
  logic [2:0]  fate;

  mac_rx u_mac_rx (
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
    .en_i           (rctl[nic_pkg::E1000_RCTL_EN_LSB] && (lu || loopback) && !orphan),
    .rctl_i         (rctl),
    .ctrl_i         (ctrl),
    .rxcsum_i       (rxcsum),
    .vet_i          (vet),
    .fct_i          (fct),
    .fcal_i         (fcal),
    .fcah_i         (fcah),
    .ral_i          (ral),
    .rah_i          (rah),
    .mta_addr_o     (mta_addr),
    .mta_row_i      (mta_row),
    .vfta_addr_o    (vfta_addr),
    .vfta_row_i     (vfta_row),
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
    .st_valid_o     (st_rx_valid),
    .st_len_o       (st_rx_len),
    .st_flags_o     (st_rx_flags),
    .rxo_o          (rxo),
    .rx_err_o       (rx_err),
    .pause_o        (pause),
    .pause_quanta_o (pause_quanta),
    .busy_o         (rx_busy),
    .ring_empty_i   (rx_ring_empty),
    .fate_valid_o   (fate_valid),
    .fate_o         (fate)
  );

  logic [7:0]   rx_filled, rx_taken;
  logic [127:0] rx_desc, rx_desc_next, rx_done_wb;
  logic         rx_done, rx_done_eop;
  logic [14:0]  p_len;

  rx_dma u_rx_dma (
    .clk_i,
    .rst_ni,
    .reset_i          (reset),
    .en_i             (rctl[nic_pkg::E1000_RCTL_EN_LSB]),
    .restart_i        (restart_rx),
    .bsize_i          (rctl[nic_pkg::E1000_RCTL_BSIZE_LSB+:nic_pkg::E1000_RCTL_BSIZE_W]),
    .bsex_i           (rctl[nic_pkg::E1000_RCTL_BSEX_LSB]),
    .frames_i         (rx_frames),
    .frame_start_i    (fr_start),
    .frame_len_i      (fr_len),
    .frame_granules_i (fr_granules),
    .frame_csum_i     (fr_csum),
    .frame_vlan_i     (fr_vlan),
    .frame_status_i   (fr_status),
    .frame_errors_i   (fr_errors),
    .next_start_i     (nx_start),
    .next_len_i       (nx_len),
    .mem_bytes_i      (rx_bytes),
    .frames_o         (rx_frames_done),
    .granules_o       (freed_granules),
    .filled_i         (rx_filled),
    .desc_i           (rx_desc[63:0]),
    .desc_next_i      (rx_desc_next[63:0]),
    .ring_empty_i     (rx_ring_empty),
    .taken_o          (rx_taken),
    .done_o           (rx_done),
    .done_eop_o       (rx_done_eop),
    .done_wb_o        (rx_done_wb),
    .p_o              (p),
    .p_len_o          (p_len),
    .rnbc_o           (rnbc),
    .sent_i           (done[nic_pkg::RQ_RX_DATA]),
    .req_valid_o      (rx_req),
    .req_addr_o       (rx_req_addr),
    .req_len_o        (rx_req_len),
    .req_off_o        (rx_req_off)
  );

  logic        rx_flush, rx_srpd, tx_flush, rx_ring_idle, tx_ring_idle, tx_ring_empty;
  logic        rx_fetching, tx_fetching;
  logic [6:0]  rx_ring_whole, tx_ring_whole;
  logic [9:0]  rx_ring_event, tx_ring_event;
  logic [31:0] rx_cause, tx_cause;
  logic        p_immediate;

  // No delay and nothing counted: the packet raises RXT0 as soon as it is written back.
  assign p_immediate = p && ({rdtr, rxframes, rsrpd} == '0);

  desc_ring u_rx_ring (
    .clk_i,
    .rst_ni,
    .tx_i            (1'b0),
    .reset_i         (reset),
    .en_i            (rctl[nic_pkg::E1000_RCTL_EN_LSB]),
    .restart_i       (restart_rx),
    .bal_i           (rdbal),
    .bah_i           (rdbah),
    .n_i             (rdlen[19:4]),
    .tail_i          (rdt),
    .dctl_i          (rxdctl),
    .rdmts_i         ({3'b0, rctl[nic_pkg::E1000_RCTL_RDMTS_LSB+:nic_pkg::E1000_RCTL_RDMTS_W]}),
    .enable_i        (1'b1),
    .gate_open_i     (1'b1),
    .func_i          ('0),
    .head_wb_i       ('0),
    .head_we_i       (bus_valid && bus_write && (bus_id == 16'(nic_pkg::E1000_R_RDH))),
    .head_wdata_i    (bus_wdata[15:0]),
    .head_o          (rdh),
    .taken_i         (rx_taken),
    .done_i          (rx_done),
    .done_eop_i      (1'b0),
    .done_rs_i       (1'b0),
    .done_wb_i       (rx_done_wb),
    .immediate_i     (p_immediate),
    .filled_o        (rx_filled),
    .desc_o          (rx_desc),
    .desc_next_o     (rx_desc_next),
    .empty_o         (rx_ring_empty),
    .whole_o         (rx_ring_whole),
    .event_valid_o   (rx_ring_event[9]),
    .event_packets_o (rx_ring_event[6:0]),
    .event_rxdmt_o   (rx_ring_event[7]),
    .event_lli_o     (rx_ring_event[8]),
    .flush_i         (rx_flush),
    .flush_cause_i   ((32'd1 << nic_pkg::E1000_ICR_RXT0_LSB) |
                      (32'(rx_srpd) << nic_pkg::E1000_ICR_SRPD_LSB)),
    .cause_o         (rx_cause),
    .idle_o          (rx_ring_idle),
    .fetching_o      (rx_fetching),
    .fetch_sent_i    (done[nic_pkg::RQ_RX_FETCH]),
    .fetch_granted_i (rx_fetch_sent),
    .fetch_held_i    (1'b1),
    .fetch_valid_o   (rx_fetch),
    .fetch_addr_o    (rx_fetch_addr),
    .fetch_len_o     (rx_fetch_len),
    .fetch_func_o    (rx_fetch_func),
    .wb_sent_i       (done[nic_pkg::RQ_RX_WB]),
    .wb_held_i       (1'b1),
    .wb_valid_o      (rx_wb),
    .wb_addr_o       (rx_wb_addr),
    .wb_len_o        (rx_wb_len),
    .wb_off_o        (rx_wb_off),
    .wb_func_o       (rx_wb_func),
    .pay_addr_i      (pay_addr[6:0]),
    .pay_next_i      (pay_next[6:0]),
    .pay_o           (pay_rx_wb),
    .cpl_valid_i     (cpl_rx_fetch),
    .cpl_data_i      (cpl_data)
  );

  //////////////
  // Transmit //
  //////////////

  logic [7:0]   tx_filled, tx_taken;
  logic [127:0] tx_desc, tx_desc_next, tx_done_wb;
  logic         tx_done, tx_done_eop, tx_done_rs, tx_done_ide, tx_delayed;
  logic         w, w_rs, w_ide, tx_listed, tx_dma_busy;
  logic [12:0]  tx_freed;
  logic [9:0]   unused_tx_ended;

  assign tx_delayed = ({tidv, txframes} != '0);

  desc_ring u_tx_ring (
    .clk_i,
    .rst_ni,
    .tx_i            (1'b1),
    .reset_i         (reset),
    .en_i            (tctl[nic_pkg::E1000_TCTL_EN_LSB]),
    .restart_i       (restart_tx),
    .bal_i           (tdbal),
    .bah_i           (tdbah),
    .n_i             (tdlen[19:4]),
    .tail_i          (tdt),
    .dctl_i          (txdctl),
    .rdmts_i         ('0),
    .enable_i        (1'b1),
    .gate_open_i     (1'b1),
    .func_i          ('0),
    .head_wb_i       ('0),
    .head_we_i       (bus_valid && bus_write && (bus_id == 16'(nic_pkg::E1000_R_TDH))),
    .head_wdata_i    (bus_wdata[15:0]),
    .head_o          (tdh),
    .taken_i         (tx_taken),
    .done_i          (tx_done),
    .done_eop_i      (1'b0),
    .done_rs_i       (tx_done_rs),
    .done_wb_i       (tx_done_wb),
    .immediate_i     (tx_done_rs && (!tx_done_ide || !tx_delayed)),
    .filled_o        (tx_filled),
    .desc_o          (tx_desc),
    .desc_next_o     (tx_desc_next),
    .empty_o         (tx_ring_empty),
    .whole_o         (tx_ring_whole),
    .event_valid_o   (tx_ring_event[9]),
    .event_packets_o (tx_ring_event[6:0]),
    .event_rxdmt_o   (tx_ring_event[7]),
    .event_lli_o     (tx_ring_event[8]),
    .flush_i         (tx_flush),
    .flush_cause_i   (32'd1 << nic_pkg::E1000_ICR_TXDW_LSB),
    .cause_o         (tx_cause),
    .idle_o          (tx_ring_idle),
    .fetching_o      (tx_fetching),
    .fetch_sent_i    (done[nic_pkg::RQ_TX_FETCH]),
    .fetch_granted_i (tx_fetch_sent),
    .fetch_held_i    (1'b1),
    .fetch_valid_o   (tx_fetch),
    .fetch_addr_o    (tx_fetch_addr),
    .fetch_len_o     (tx_fetch_len),
    .fetch_func_o    (tx_fetch_func),
    .wb_sent_i       (done[nic_pkg::RQ_TX_WB]),
    .wb_held_i       (1'b1),
    .wb_valid_o      (tx_wb),
    .wb_addr_o       (tx_wb_addr),
    .wb_len_o        (tx_wb_len),
    .wb_off_o        (tx_wb_off),
    .wb_func_o       (tx_wb_func),
    .pay_addr_i      (pay_addr[6:0]),
    .pay_next_i      (pay_next[6:0]),
    .pay_o           (pay_tx_wb),
    .cpl_valid_i     (cpl_tx_fetch),
    .cpl_data_i      (cpl_data)
  );

  logic [174:0] unused_tx; // of the 82576

  tx_dma u_tx_dma (
    .clk_i,
    .rst_ni,
    .reset_i      (reset),
    .restart_i    (restart_tx),
    .en_i         (tctl[nic_pkg::E1000_TCTL_EN_LSB] && !orphan),
    .filled_i     (tx_filled),
    .desc_i       (tx_desc),
    .taken_o      (tx_taken),
    .done_o       (tx_done),
    .done_eop_o   (tx_done_eop),
    .done_rs_o    (tx_done_rs),
    .done_ide_o   (tx_done_ide),
    .done_wb_o    (tx_done_wb),
    .w_o          (w),
    .w_rs_o       (w_rs),
    .w_ide_o      (w_ide),
    .tsc_o        (tsc),
    .tsc_bad_o    (tsc_bad),
    .frame_o      (tx_listed),
    .req_valid_o  (tx_req),
    .req_addr_o   (tx_req_addr),
    .req_len_o    (tx_req_len),
    .sent_i       (done[nic_pkg::RQ_TX_DATA]),
    .sent_bytes_i (tx_req_sent),
    .cpl_valid_i  (cpl_tx_data),
    .cpl_eop_i    (cpl_eop),
    .cpl_len_i    (cpl_len),
    .cpl_data_i   (cpl_data),
    .vme_i        (ctrl[nic_pkg::E1000_CTRL_VME_LSB]),
    .psp_i        (tctl[nic_pkg::E1000_TCTL_PSP_LSB]),
    .vet_i        (vet),
    .tx_cap_i     (tx_cap),
    .freed_i      (tx_freed),
    .listed_i     (tx_sent),
    .frames_o     (tx_frames),
    .tx_we_o      (tx_we),
    .tx_waddr_o   (tx_waddr),
    .tx_wdata_o   (tx_wdata),
    .tx_wready_i  (tx_wready),
    .put_o        (tx_put),
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
    .busy_o         (tx_dma_busy),
    .abort_i        (1'b0),
    .mute_i         ('0),
    .drain_i        (1'b0),
    .adv_context_i  (1'b0),
    .adv_none_i     (1'b0),
    .adv_tse_i      (1'b0),
    .adv_popts_i    ('0),
    .adv_tag_i      ('0),
    .adv_ctx_i      ('0),
    .func_i         ('0),
    .queue_i        ('0),
    .take_o         (unused_tx[0]),
    .take_end_o     (unused_tx[1]),
    .take_bad_o     (unused_tx[2]),
    .take_copy_o    (unused_tx[174:167]),
    .req_func_o     (unused_tx[10:3]),
    .req_queue_o    (unused_tx[166:163]),
    .done_queue_o   (unused_tx[14:11]),
    .pool_tag_en_i  (1'b0),
    .pool_tag_i     ('0),
    .waits_o        (unused_tx[162:147]),
    .put_queue_o    (unused_tx[18:15]),
    .put_head_o     (unused_tx[146:19])
  );

  mac_tx u_mac_tx (
    .clk_i,
    .rst_ni,
    .reset_i        (reset),
    .link_i         (lu || loopback),
    .loopback_i     (loopback),
    .tx_en_i        (tctl[nic_pkg::E1000_TCTL_EN_LSB]),
    .speed_i        (speed),
    .tfce_i         (ctrl[nic_pkg::E1000_CTRL_TFCE_LSB]),
    .fcrth_i        (fcrth),
    .fcrtl_i        (fcrtl),
    .fcttv_i        (fcttv),
    .fct_i          (fct),
    .tipg_i         (tipg),
    .ait_i          (ait),
    .mac_i          ({rah[15:0], ral[31:0]}),
    .csr_valid_i    (bus_valid),
    .csr_write_i    (bus_write),
    .csr_id_i       (bus_id),
    .csr_wdata_i    (bus_wdata),
    .rx_used_i      (rx_used),
    .pause_i        (pause),
    .pause_quanta_i (pause_quanta),
    .overflow_i     (rxo),
    .frames_i       (tx_frames),
    .sent_o         (tx_sent),
    .freed_o        (tx_freed),
    .ended_o        (unused_tx_ended),
    .f_start_i      (f_start),
    .f_len_i        (f_len),
    .f_raw_len_i    (f_raw_len),
    .f_granules_i   (f_granules),
    .f_add_fcs_i    (f_add_fcs),
    .f_tag_en_i     (f_tag_en),
    .f_tag_i        (f_tag),
    .f_vet_i        (f_vet),
    .f_ip_en_i      (f_ip_en),
    .f_ip_off_i     (f_ip_off),
    .f_ip_val_i     (f_ip_val),
    .f_tu_en_i      (f_tu_en),
    .f_tu_off_i     (f_tu_off),
    .f_tu_val_i     (f_tu_val),
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

  ///////////////////////////////
  // Moderation and interrupts //
  ///////////////////////////////

  logic [nic_pkg::NIC_TIMER_W-1:0] fired; // meters
  logic [CauseW-1:0] causes;
  logic              pend;

  timers u_timers (
    .clk_i,
    .rst_ni,
    .reset_i      (reset),
    .p_i          (p),
    .p_len_i      (p_len),
    .w_i          (w),
    .w_ide_i      (w_ide),
    .w_rs_i       (w_rs),
    .restart_rx_i (restart_rx),
    .rdtr_i       (rdtr),
    .radv_i       (radv),
    .rsrpd_i      (rsrpd),
    .rxframes_i   (rxframes),
    .tidv_i       (tidv),
    .tadv_i       (tadv),
    .txframes_i   (txframes),
    .mtctl_i      (mtctl),
    .mtdly_i      (mtdly),
    .csr_valid_i  (bus_valid),
    .csr_write_i  (bus_write),
    .csr_id_i     (bus_id),
    .csr_wdata_i  (bus_wdata),
    .rx_flush_o   (rx_flush),
    .rx_srpd_o    (rx_srpd),
    .tx_flush_o   (tx_flush),
    .fired_o      (fired)
  );

  always_comb begin
    causes = rx_cause[CauseW-1:0] | tx_cause[CauseW-1:0];
    if (rxo) causes[nic_pkg::E1000_ICR_RXO_LSB] = 1'b1;
    if (mdac) causes[nic_pkg::E1000_ICR_MDAC_LSB] = 1'b1;
    if (phyint) causes[nic_pkg::E1000_ICR_PHYINT_LSB] = 1'b1;
    if (lsc) causes[nic_pkg::E1000_ICR_LSC_LSB] = 1'b1;
  end

  irq u_irq (
    .clk_i,
    .rst_ni,
    .reset_i     (reset),
    .set_i       (causes),
    .csr_valid_i (bus_valid),
    .csr_write_i (bus_write),
    .csr_id_i    (bus_id),
    .csr_wdata_i (bus_wdata),
    .icr_o       (icr),
    .ims_o       (ims),
    .pend_o      (pend)
  );

  throttle u_throttle (
    .clk_i,
    .rst_ni,
    .reset_i     (reset),
    .pend_i      (pend),
    .msi_en_i    (msi_en),
    .msi_done_i  (done[nic_pkg::RQ_MSI]),
    .itr_i       (itr),
    .csr_valid_i (bus_valid),
    .csr_write_i (bus_write),
    .csr_id_i    (bus_id),
    .csr_wdata_i (bus_wdata),
    .int_o       (int_level),
    .msi_o       (msi)
  );

  assign intx_o = int_level && !msi_en && !intx_disable;

  // Read by the harness only, or by nobody.
  logic unused;
  assign unused = ^{fd, power_state, tx_ring_empty, rx_fetching, tx_fetching, rx_ring_whole, tx_ring_whole, rx_ring_event,
                    tx_ring_event, cpl_queue, fate, fate_valid, fired,
                    rx_done_eop, tx_done_eop, tx_listed, ctrl_ext, bus_index,
                    rdlen[31:20], rdlen[3:0], tdlen[31:20], tdlen[3:0],
                    rx_desc[127:64], rx_desc_next[127:64], tx_desc_next,
                    rx_cause[31:CauseW], tx_cause[31:CauseW]};

  logic still;
  assign still = regs_idle && !rx_busy && !tx_busy && !tx_want && !msi && port_idle &&
                 !rx_req && (rx_frames == rx_frames_done) && !tx_req && !tx_dma_busy &&
                 (tx_frames == tx_sent) && rx_ring_idle && tx_ring_idle &&
                 !mdac && !phyint && !rxo && !pause && !rx_done && !p && !rnbc &&
                 !rx_flush && !tx_flush && !tx_done && !w && !tsc;

  idle u_idle (
    .clk_i,
    .rst_ni,
    .still_i (still),
    .idle_o
  );

endmodule
