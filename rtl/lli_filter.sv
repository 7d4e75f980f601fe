// SPDX-License-Identifier: Apache-2.0
// Filters of the 82576 that mark a received frame as one whose interrupt does not wait (low
// latency), and the EtherType filters' part of the packet type. Twin of model/lli_filter.c.
//
// Cycle contract: combinational, a function of what rss knows of the frame, of the bytes that a
// queue gets and of the registers as they are visible now.
// Known differences: none.
module lli_filter (
  // from rss
  input  logic [12:0]  packet_i,    // enum rss_packet_bits, model/rss.h
  input  logic [15:0]  ethertype_i,
  input  logic [15:0]  dport_i,
  input  logic [5:0]   tcp_flags_i,
  input  logic [2:0]   priority_i,

  input  logic [14:0]  stored_i,    // from pool_filter

  // from regs; element n in bits 32n+31:32n
  input  logic [255:0] imir_i,
  input  logic [255:0] imirext_i,
  input  logic [31:0]  imirvp_i,
  input  logic [31:0]  synqf_i,
  input  logic [255:0] etqf_i,

  // lli_verdict_t
  output logic         lli_o,
  output logic [12:0]  packet_o     // as the descriptor has it
);

  localparam int unsigned Filters     = nic_82576_pkg::IGB_IMIR_COUNT;
  localparam int unsigned TypeFilters = nic_82576_pkg::IGB_ETQF_COUNT;
  localparam int unsigned FlagsW      = nic_82576_pkg::IGB_IMIREXT_FLAGS_W;

  // Bits of enum rss_packet_bits and enum rss_tcp_flags, model/rss.h.
  localparam int unsigned PacketTcp  = 4;
  localparam int unsigned PacketUdp  = 5;
  localparam int unsigned PacketL2   = 11;
  localparam int unsigned PacketVlan = 12;
  localparam int unsigned FlagSyn    = 1;

  //////////////////////
  // IMIR and IMIREXT //
  //////////////////////

  logic [FlagsW-1:0] flags; // in the order of IMIREXT: URG first
  logic              has_port;
  logic              immediate;

  assign has_port = packet_i[PacketTcp] || packet_i[PacketUdp];

  always_comb begin
    flags = '0;
    for (int unsigned n = 0; n < FlagsW; n++) flags[n] = tcp_flags_i[FlagsW-1-n];
  end

  always_comb begin
    immediate = 1'b0;
    for (int unsigned n = 0; n < Filters; n++) begin
      if (imir_i[32*n+nic_82576_pkg::IGB_IMIR_IMM_LSB] &&
          (imir_i[32*n+nic_82576_pkg::IGB_IMIR_PORT_BP_LSB] ||
           (has_port && imir_i[32*n+nic_82576_pkg::IGB_IMIR_PORT_LSB+:16] == dport_i)) &&
          (imirext_i[32*n+nic_82576_pkg::IGB_IMIREXT_SIZE_BP_LSB] ||
           stored_i < 15'(imirext_i[32*n+nic_82576_pkg::IGB_IMIREXT_SIZE_THRESH_LSB+:
                                    nic_82576_pkg::IGB_IMIREXT_SIZE_THRESH_W])) &&
          (imirext_i[32*n+nic_82576_pkg::IGB_IMIREXT_CTRL_BP_LSB] ||
           (imirext_i[32*n+nic_82576_pkg::IGB_IMIREXT_FLAGS_LSB+:FlagsW] & flags) != '0)) begin
        immediate = 1'b1;
      end
    end
  end

  /////////////////////
  // Priority, flags //
  /////////////////////

  logic by_priority;
  logic by_syn;

  assign by_priority = packet_i[PacketVlan] && imirvp_i[nic_82576_pkg::IGB_IMIRVP_EN_LSB] &&
                       priority_i >= imirvp_i[nic_82576_pkg::IGB_IMIRVP_THRESH_LSB+:3];
  assign by_syn      = synqf_i[nic_82576_pkg::IGB_SYNQF_EN_LSB] && tcp_flags_i[FlagSyn];

  ///////////////
  // EtherType //
  ///////////////

  logic       known; // a filter knows the type
  logic [2:0] index; // the lowest that does
  logic       by_type;

  always_comb begin
    known   = 1'b0;
    index   = '0;
    by_type = 1'b0;
    for (int unsigned n = 0; n < TypeFilters; n++) begin
      if (etqf_i[32*n+nic_82576_pkg::IGB_ETQF_EN_LSB] &&
          etqf_i[32*n+nic_82576_pkg::IGB_ETQF_ETYPE_LSB+:16] == ethertype_i) begin
        if (!known) index = 3'(n);
        known   = 1'b1;
        by_type = by_type || etqf_i[32*n+nic_82576_pkg::IGB_ETQF_IMM_INT_LSB];
      end
    end
  end

  /////////////
  // Outputs //
  /////////////

  assign lli_o = immediate || by_priority || by_syn || by_type;

  always_comb begin
    packet_o = packet_i;
    if (known) begin
      packet_o             = '0;
      packet_o[PacketVlan] = packet_i[PacketVlan];
      packet_o[PacketL2]   = 1'b1;
      packet_o[2:0]        = index;
    end
  end

  logic unused_bits;

  always_comb begin
    unused_bits = ^{imirvp_i[31:4], synqf_i[31:1]};
    for (int unsigned n = 0; n < Filters; n++) begin
      unused_bits = unused_bits ^ (^{imir_i[32*n+18+:14], imirext_i[32*n+20+:12]});
    end
    for (int unsigned n = 0; n < TypeFilters; n++) begin
      unused_bits = unused_bits ^ (^{etqf_i[32*n+16+:10], etqf_i[32*n+27+:2], etqf_i[32*n+30+:2]});
    end
  end

endmodule
