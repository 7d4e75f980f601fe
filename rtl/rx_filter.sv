// SPDX-License-Identifier: Apache-2.0
// Receive filters: destination (or source) address, multicast hash, VLAN table. Twin of rx_filter()
// of model/rx_filter.c; what the results mean is said in its header.
//
// Cycle contract: combinational, a function of the first bytes of the frame, of its length and of
// the registers as they are visible now. One row of each table is looked up.
// Known differences: none.
module rx_filter (
  // the frame as it came: byte n in bits 8n+7:8n; what lies behind its end does not matter
  input  logic [127:0] head_i,
  input  logic [14:0]  len_i, // with FCS

  // from regs
  input  logic [31:0]  rctl_i,
  input  logic [15:0]  vet_i,
  input  logic [511:0] ral_i,      // entry n in bits 32n+31:32n
  input  logic [511:0] rah_i,
  output logic [6:0]   mta_addr_o, // row of the multicast table
  input  logic [31:0]  mta_row_i,
  output logic [6:0]   vfta_addr_o,
  input  logic [31:0]  vfta_row_i,

  // rx_verdict_t
  output logic         pass_o,
  output logic         pif_o,
  output logic         is_bcast_o,
  output logic         is_mcast_o
);

  localparam int unsigned RarCount = nic_pkg::E1000_RAL_COUNT;
  localparam int unsigned TypeAt = nic_pkg::TypeAt;

  ///////////////////////////
  // The head of the frame //
  ///////////////////////////

  logic [47:0] da, sa;
  logic [15:0] ethertype, tci;
  logic        has_sa;
  logic        has_tag;

  assign da         = head_i[47:0];
  assign sa         = head_i[95:48];
  assign ethertype  = {head_i[103:96], head_i[111:104]};
  assign tci     = {head_i[119:112], head_i[127:120]};
  assign has_sa     = len_i >= 15'(TypeAt);
  assign has_tag    = len_i >= 15'(TypeAt + nic_pkg::TagLen);

  /////////////////
  // Exact match //
  /////////////////

  // An address as RAL and RAH hold it: the first byte on the wire in bits 7:0.
  function automatic logic is_entry(input logic [31:0] rah, input logic [31:0] ral,
                                   input logic [47:0] address, input logic [1:0] select);
    is_entry = rah[nic_pkg::E1000_RAH_AV_LSB] &&
              rah[nic_pkg::E1000_RAH_AS_LSB+:nic_pkg::E1000_RAH_AS_W] == select &&
              {rah[nic_pkg::E1000_RAH_RAH_LSB+:nic_pkg::E1000_RAH_RAH_W], ral} == address;
  endfunction

  logic rar_match;

  always_comb begin
    rar_match = 1'b0;
    for (int unsigned n = 0; n < RarCount; n++) begin
      rar_match = rar_match || is_entry(rah_i[32*n+:32], ral_i[32*n+:32], da, 2'd0) ||
                  is_entry(rah_i[32*n+:32], ral_i[32*n+:32], sa, 2'd1);
    end
  end

  ////////////
  // Tables //
  ////////////

  logic [15:0] hash_bytes; // bytes 4 and 5 of the destination; MO chooses 12 bits of them
  logic [11:0] hash;
  logic        hash_match;
  logic        vlan_pass;

  assign hash_bytes  = head_i[47:32];
  assign mta_addr_o  = hash[11:5];
  assign hash_match  = mta_row_i[hash[4:0]];
  assign vfta_addr_o = tci[11:5];

  always_comb begin
    unique case (rctl_i[nic_pkg::E1000_RCTL_MO_LSB+:nic_pkg::E1000_RCTL_MO_W])
      2'd0:    hash = hash_bytes[15:4];
      2'd1:    hash = hash_bytes[14:3];
      2'd2:    hash = hash_bytes[13:2];
      default: hash = hash_bytes[11:0];
    endcase
  end

  always_comb begin
    vlan_pass = 1'b1;
    if (rctl_i[nic_pkg::E1000_RCTL_VFE_LSB] && has_tag && ethertype == vet_i) begin
      vlan_pass = vfta_row_i[tci[4:0]] &&
                  (!rctl_i[nic_pkg::E1000_RCTL_CFIEN_LSB] ||
                   tci[12] == rctl_i[nic_pkg::E1000_RCTL_CFI_LSB]);
    end
  end

  /////////////
  // Verdict //
  /////////////

  logic upe, mpe;
  logic everything;
  logic group;
  logic bcast;
  logic exact;
  logic inexact;

  assign upe        = rctl_i[nic_pkg::E1000_RCTL_UPE_LSB];
  assign mpe        = rctl_i[nic_pkg::E1000_RCTL_MPE_LSB];
  assign everything = rctl_i[nic_pkg::E1000_RCTL_SBP_LSB] && upe && mpe;
  assign group      = da[0];
  assign bcast      = da == '1;
  assign is_bcast_o = has_sa && bcast;
  assign is_mcast_o = has_sa && group && !bcast;
  assign exact      = has_sa &&
                      (rar_match || (bcast && rctl_i[nic_pkg::E1000_RCTL_BAM_LSB]));
  assign inexact    = everything ||
                      (has_sa && (group ? (!bcast && mpe) || hash_match : upe));
  assign pass_o     = (exact || inexact) && vlan_pass;
  assign pif_o      = pass_o && !exact;

  logic unused_bits;
  assign unused_bits = ^{rctl_i[31:21], rctl_i[17:16], rctl_i[14], rctl_i[11:5],
                         rctl_i[1:0], tci[15:13]};

endmodule
