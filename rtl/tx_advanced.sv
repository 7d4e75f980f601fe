// SPDX-License-Identifier: Apache-2.0
// Advanced transmit descriptors of the 82576: what they are, and their contexts, two a queue, as the
// engine of the 82540EM wants them. Twin of decode() and advanced_context() in model/tx_dma.c.
//
// Cycle contract: outputs are functions of the descriptor of the same cycle and of the contexts; one
// that is stored in tick c counts from c+1 on.
// Known differences: none.
module tx_advanced #(
  localparam int unsigned Queues = nic_82576_pkg::Queues,
  localparam int unsigned QueueW = $clog2(Queues)
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              reset_i,   // PF reset: no contexts
  input  logic [Queues-1:0] forget_i,  // reset of a VF: none of these queues
  input  logic [127:0]      desc_i,
  input  logic [QueueW-1:0] queue_i,   // of this queue
  input  logic              store_i,   // the context is taken
  output logic              context_o, // it is one,
  output logic              none_o,    // or advanced and of no type
  output logic              tse_o,     // data: segmentation,
  output logic [1:0]        popts_o,   // checksums that are wanted and can be stored,
  output logic [15:0]       tag_o,
  output logic [127:0]      ctx_o      // and the context, laid out as that of the 82540EM
);

  localparam int unsigned Slots = 2 * Queues;
  localparam int unsigned IdxAt = nic_82576_pkg::IGB_ATXD_IDX_LSB; // in contexts too
  localparam int unsigned CmdAt = nic_82576_pkg::IGB_ATXD_CMD_LSB;

  typedef struct packed {
    logic [15:0] vlan;
    logic [1:0]  popts; // what can be stored
    logic [15:0] mss;
    logic [7:0]  hdrlen;
    logic        ip;
    logic        tcp;
    logic [7:0]  tucso;
    logic [7:0]  tucss;
    logic [15:0] ipcse;
    logic [7:0]  ipcso;
    logic [7:0]  ipcss;
  } ctx_t;

  ////////////////
  // A context  //
  ////////////////

  logic [9:0] ip, l4, sum, hdr; // places in the packet
  logic       tcp, known;
  logic [1:0] l4t;
  ctx_t       made, kept;

  always_comb begin
    ip = 10'(desc_i[nic_82576_pkg::IGB_ATXC_MACLEN_LSB+:nic_82576_pkg::IGB_ATXC_MACLEN_W]);
    l4 = ip + 10'(desc_i[nic_82576_pkg::IGB_ATXC_IPLEN_LSB+:nic_82576_pkg::IGB_ATXC_IPLEN_W]);
    l4t = desc_i[nic_82576_pkg::IGB_ATXC_L4T_LSB+:nic_82576_pkg::IGB_ATXC_L4T_W];
    tcp = l4t == 2'(nic_82576_pkg::IGB_ATXC_L4T_TCP);
    known = tcp || l4t == 2'(nic_82576_pkg::IGB_ATXC_L4T_UDP);
    sum = l4 + (tcp ? 10'(nic_82576_pkg::TcpSumAt) : 10'(nic_82576_pkg::UdpSumAt));
    hdr = l4 + (tcp ? 10'(desc_i[nic_82576_pkg::IGB_ATXC_L4LEN_LSB+:8]) : 10'(nic_pkg::UdpLen));
    made = '0;
    made.vlan = desc_i[nic_82576_pkg::IGB_ATXC_VLAN_LSB+:16];
    made.popts[nic_82576_pkg::IGB_ATXD_POPTS_IXSM_LSB] = l4 != ip;
    made.popts[nic_82576_pkg::IGB_ATXD_POPTS_TXSM_LSB] = known && sum[9:8] == '0;
    made.mss = desc_i[nic_82576_pkg::IGB_ATXC_MSS_LSB+:16];
    made.hdrlen = (hdr[9:8] != '0) ? '1 : hdr[7:0]; // too long
    if (!known) made.hdrlen = '0;
    made.ip = desc_i[nic_82576_pkg::IGB_ATXC_IPV4_LSB];
    made.tcp = tcp;
    made.tucso = sum[7:0];
    made.tucss = l4[7:0];
    made.ipcse = 16'(l4) - 16'd1;
    made.ipcso = ip[7:0] + 8'(nic_82576_pkg::Ipv4SumAt);
    made.ipcss = ip[7:0];
  end

  //////////////////////
  // Those of queues  //
  //////////////////////

  logic [$bits(made)-1:0] kept_mem [Slots];
  logic [Slots-1:0]       there_d, there_q; // stored since reset
  logic [QueueW:0]        slot;

  assign slot = {queue_i, desc_i[IdxAt]};

  always_ff @(posedge clk_i) begin
    if (store_i) kept_mem[slot] <= made;
  end
  assign kept = there_q[slot] ? kept_mem[slot] : '0;

  always_comb begin
    there_d = there_q;
    if (store_i) there_d[slot] = 1'b1;
    for (int unsigned q = 0; q < Queues; q++) begin
      if (forget_i[q]) there_d[2*q +: 2] = '0;
    end
    if (reset_i) there_d = '0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) there_q <= '0;
    else there_q <= there_d;
  end

  /////////////////////
  // The descriptor  //
  /////////////////////

  logic       dext, is_data;
  logic [3:0] dtyp;

  always_comb begin
    dext = desc_i[CmdAt+nic_82576_pkg::IGB_ATXD_CMD_DEXT_LSB];
    dtyp = desc_i[nic_82576_pkg::IGB_ATXD_DTYP_LSB+:4];
    context_o = dext && dtyp == 4'(nic_82576_pkg::IGB_ATXD_DTYP_C);
    is_data = dext && dtyp == 4'(nic_82576_pkg::IGB_ATXD_DTYP_D);
    none_o = dext && !context_o && !is_data;
    tse_o = is_data && desc_i[CmdAt+nic_82576_pkg::IGB_ATXD_CMD_TSE_LSB];
    popts_o = is_data ? desc_i[nic_82576_pkg::IGB_ATXD_POPTS_LSB+:2] & kept.popts : '0;
    tag_o = kept.vlan;
    ctx_o = '0;
    ctx_o[nic_pkg::E1000_TXC_IPCSS_LSB+:8] = kept.ipcss;
    ctx_o[nic_pkg::E1000_TXC_IPCSO_LSB+:8] = kept.ipcso;
    ctx_o[nic_pkg::E1000_TXC_IPCSE_LSB+:16] = kept.ipcse;
    ctx_o[nic_pkg::E1000_TXC_TUCSS_LSB+:8] = kept.tucss;
    ctx_o[nic_pkg::E1000_TXC_TUCSO_LSB+:8] = kept.tucso;
    ctx_o[nic_pkg::E1000_TXC_PAYLEN_LSB+:20] =
        20'(desc_i[nic_82576_pkg::IGB_ATXD_PAYLEN_LSB+:nic_82576_pkg::IGB_ATXD_PAYLEN_W]);
    ctx_o[nic_pkg::E1000_TXC_TUCMD_LSB+nic_pkg::E1000_TXC_TUCMD_TCP_LSB] = kept.tcp;
    ctx_o[nic_pkg::E1000_TXC_TUCMD_LSB+nic_pkg::E1000_TXC_TUCMD_IP_LSB] = kept.ip;
    ctx_o[nic_pkg::E1000_TXC_HDRLEN_LSB+:8] = kept.hdrlen;
    ctx_o[nic_pkg::E1000_TXC_MSS_LSB+:16] = kept.mss;
  end

  logic unused_bits;
  assign unused_bits = ^desc_i;

endmodule
