// SPDX-License-Identifier: Apache-2.0
// Which queues of the 82576 get a frame: the filter of the 82540EM with 24 addresses, or pools
// (VMDq). What is taken off the frame, anti-spoof and the way to the wire of a frame that a pool
// sends. Twin of model/pool_filter.c; what the results mean is said in its header.
//
// Cycle contract: combinational, a function of the first bytes of the frame, of its length and
// origin, and of the registers as they are visible now. One row of each table is looked up; who
// reads them with a clock asks a cycle before, with a head that stands still, and lets a write of
// that tick through.
// Known differences: none.
module pool_filter (
  // the frame as it is on the wire: byte n in bits 8n+7:8n; what lies behind its end does not matter
  input  logic [127:0]  head_i,
  input  logic [14:0]   len_i,       // with FCS
  input  logic          from_pool_i, // sent by pool_i; 0: it came from the wire
  input  logic [2:0]    pool_i,
  input  logic [3:0]    entry_i,     // of RETA, from rss

  // from regs
  input  logic [31:0]   rctl_i,
  input  logic          vme_i,       // CTRL.VME
  input  logic [15:0]   vet_i,
  input  logic [31:0]   mrqc_i,
  input  logic [31:0]   vt_ctl_i,
  input  logic [31:0]   dtxswc_i,
  input  logic [31:0]   rplolr_i,
  input  logic [7:0]    vfre_i,
  input  logic [767:0]  ral_i,       // element n in bits 32n+31:32n
  input  logic [767:0]  rah_i,
  input  logic [1023:0] vlvf_i,
  input  logic [255:0]  vmolr_i,
  output logic [6:0]    hash_addr_o, // row of the multicast and of the unicast table
  input  logic [31:0]   mta_row_i,
  input  logic [31:0]   uta_row_i,
  output logic [6:0]    vfta_addr_o,
  input  logic [31:0]   vfta_row_i,

  // pool_verdict_t
  output logic [15:0]   queues_o,
  output logic [14:0]   stored_o,
  output logic          several_o,
  output logic          strip_tag_o,
  output logic          strip_fcs_o,
  output logic          exact_o,
  output logic          is_bcast_o,
  output logic          is_mcast_o,
  output logic          tagged_o,
  output logic          pif_o,
  output logic          vlan_drop_o,
  output logic          too_long_o,
  output logic          spoof_mac_o,
  output logic          spoof_vlan_o,
  output logic          to_wire_o
);

  localparam int unsigned Pools     = nic_82576_pkg::Pools;
  localparam int unsigned RarCount  = nic_82576_pkg::IGB_RAL_COUNT;
  localparam int unsigned VlvfCount = nic_82576_pkg::IGB_VLVF_COUNT;
  localparam int unsigned TagLen    = 4;

  // Modes of MRQC.
  localparam logic [2:0] ModeRss     = 3'd2;
  localparam logic [2:0] ModeVmdq    = 3'd3;
  localparam logic [2:0] ModeVmdqRss = 3'd5;

  localparam int unsigned SecondQueue = 3; // bit of a RETA entry: the upper queue of the pool

  ///////////////////////////
  // The head of the frame //
  ///////////////////////////

  logic [47:0] da, sa;
  logic [15:0] ethertype, tci;
  logic        has_sa;
  logic        has_tag;
  logic        group, bcast;

  assign da        = head_i[47:0];
  assign sa        = head_i[95:48];
  assign ethertype = {head_i[103:96], head_i[111:104]};
  assign tci       = {head_i[119:112], head_i[127:120]};
  assign has_sa    = len_i >= 15'd12;
  assign has_tag   = len_i >= 15'd16 && ethertype == vet_i;
  assign group     = has_sa && da[0];
  assign bcast     = has_sa && da == '1;

  ///////////////
  // Registers //
  ///////////////

  logic [2:0] mode;
  logic       vmdq;
  logic       vfe, upe, mpe, everything, secrc;
  logic       ignore_mac;
  logic       switch_on;

  assign mode       = mrqc_i[nic_82576_pkg::IGB_MRQC_MODE_LSB+:nic_82576_pkg::IGB_MRQC_MODE_W];
  assign vmdq       = mode == ModeVmdq || mode == ModeVmdqRss;
  assign vfe        = rctl_i[nic_82576_pkg::IGB_RCTL_VFE_LSB];
  assign upe        = rctl_i[nic_82576_pkg::IGB_RCTL_UPE_LSB];
  assign mpe        = rctl_i[nic_82576_pkg::IGB_RCTL_MPE_LSB];
  assign everything = rctl_i[nic_82576_pkg::IGB_RCTL_SBP_LSB] && upe && mpe;
  assign secrc      = rctl_i[nic_82576_pkg::IGB_RCTL_SECRC_LSB];
  assign ignore_mac = vt_ctl_i[nic_82576_pkg::IGB_VT_CTL_IGNORE_MAC_LSB];
  assign switch_on  = vmdq && dtxswc_i[nic_82576_pkg::IGB_DTXSWC_LOOPBACK_EN_LSB];

  ///////////////
  // Addresses //
  ///////////////

  // An address as RAL and RAH hold it: the first byte on the wire in bits 7:0.
  function automatic logic is_entry(input logic [31:0] rah, input logic [31:0] ral,
                                    input logic [47:0] address, input logic [1:0] asel);
    is_entry =
        rah[nic_82576_pkg::IGB_RAH_AV_LSB] &&
        rah[nic_82576_pkg::IGB_RAH_ASEL_LSB+:nic_82576_pkg::IGB_RAH_ASEL_W] == asel &&
        {rah[nic_82576_pkg::IGB_RAH_RAH_LSB+:nic_82576_pkg::IGB_RAH_RAH_W], ral} == address;
  endfunction

  logic             rar_match; // without VMDq
  logic [Pools-1:0] da_pools;  // of the entries for the destination
  logic [Pools-1:0] sa_pools;  // and for the source

  always_comb begin
    rar_match = 1'b0;
    da_pools  = '0;
    sa_pools  = '0;
    for (int unsigned n = 0; n < RarCount; n++) begin
      if (has_sa && is_entry(rah_i[32*n+:32], ral_i[32*n+:32], da, 2'd0)) begin
        rar_match = 1'b1;
        da_pools  = da_pools | rah_i[32*n+nic_82576_pkg::IGB_RAH_POOL_LSB+:Pools];
      end
      if (has_sa && is_entry(rah_i[32*n+:32], ral_i[32*n+:32], sa, 2'd0)) begin
        sa_pools = sa_pools | rah_i[32*n+nic_82576_pkg::IGB_RAH_POOL_LSB+:Pools];
      end
      if (has_sa && is_entry(rah_i[32*n+:32], ral_i[32*n+:32], sa, 2'd1)) rar_match = 1'b1;
    end
  end

  logic [15:0] hash_bytes; // bytes 4 and 5 of the destination; MO chooses 12 bits of them
  logic [11:0] hash;
  logic        mta_hit, uta_hit;

  assign hash_bytes  = head_i[47:32];
  assign hash_addr_o = hash[11:5];
  assign mta_hit     = mta_row_i[hash[4:0]];
  assign uta_hit     = uta_row_i[hash[4:0]];

  always_comb begin
    unique case (rctl_i[nic_82576_pkg::IGB_RCTL_MO_LSB+:nic_82576_pkg::IGB_RCTL_MO_W])
      2'd0:    hash = hash_bytes[15:4];
      2'd1:    hash = hash_bytes[14:3];
      2'd2:    hash = hash_bytes[13:2];
      default: hash = hash_bytes[11:0];
    endcase
  end

  //////////
  // VLAN //
  //////////

  logic             vlan_drop;
  logic [Pools-1:0] vlan_pools; // that have the VLAN of the tag

  assign vfta_addr_o = tci[11:5];
  assign vlan_drop   = vfe && has_tag &&
                       (!vfta_row_i[tci[4:0]] ||
                        (rctl_i[nic_82576_pkg::IGB_RCTL_CFIEN_LSB] &&
                         tci[12] != rctl_i[nic_82576_pkg::IGB_RCTL_CFI_LSB]));

  always_comb begin
    vlan_pools = '0;
    for (int unsigned n = 0; n < VlvfCount; n++) begin
      if (vlvf_i[32*n+nic_82576_pkg::IGB_VLVF_EN_LSB] &&
          vlvf_i[32*n+nic_82576_pkg::IGB_VLVF_VID_LSB+:nic_82576_pkg::IGB_VLVF_VID_W] ==
          tci[11:0]) begin
        vlan_pools = vlan_pools | vlvf_i[32*n+nic_82576_pkg::IGB_VLVF_POOLSEL_LSB+:Pools];
      end
    end
  end

  ///////////////////
  // What pools do //
  ///////////////////

  logic [Pools-1:0] bam, mpme, rompe, rope, aupe, rsse; // pools with these bits of VMOLR
  logic [Pools-1:0] strvlan, strcrc;
  logic [Pools-1:0] fits;                               // that take this length

  always_comb begin
    bam     = '0;
    mpme    = '0;
    rompe   = '0;
    rope    = '0;
    aupe    = '0;
    rsse    = '0;
    strvlan = '0;
    strcrc  = '0;
    fits    = '0;
    for (int unsigned p = 0; p < Pools; p++) begin
      bam[p]     = vmolr_i[32*p+nic_82576_pkg::IGB_VMOLR_BAM_LSB];
      mpme[p]    = vmolr_i[32*p+nic_82576_pkg::IGB_VMOLR_MPME_LSB];
      rompe[p]   = vmolr_i[32*p+nic_82576_pkg::IGB_VMOLR_ROMPE_LSB];
      rope[p]    = vmolr_i[32*p+nic_82576_pkg::IGB_VMOLR_ROPE_LSB];
      aupe[p]    = vmolr_i[32*p+nic_82576_pkg::IGB_VMOLR_AUPE_LSB];
      rsse[p]    = vmolr_i[32*p+nic_82576_pkg::IGB_VMOLR_RSSE_LSB];
      strvlan[p] = vmolr_i[32*p+nic_82576_pkg::IGB_VMOLR_STRVLAN_LSB];
      strcrc[p]  = vmolr_i[32*p+nic_82576_pkg::IGB_VMOLR_STRCRC_LSB];
      if (vmolr_i[32*p+nic_82576_pkg::IGB_VMOLR_LPE_LSB]) begin
        fits[p] = len_i <= 15'(vmolr_i[32*p+nic_82576_pkg::IGB_VMOLR_RLPML_LSB+:
                                       nic_82576_pkg::IGB_VMOLR_RLPML_W]);
      end else begin
        fits[p] = len_i <= 15'(nic_82576_pkg::FrameMaxUntagged) + (has_tag ? 15'(TagLen) : '0);
      end
    end
  end

  /////////////////////////
  // Pools, steps 1 to 6 //
  /////////////////////////

  logic [Pools-1:0] exact_pools; // POOL bits that count
  logic [Pools-1:0] by_address;
  logic [Pools-1:0] by_vlan;
  logic [Pools-1:0] by_default;
  logic [Pools-1:0] enabled;
  logic [Pools-1:0] by_length;
  logic [Pools-1:0] single;      // without replication: one of these
  logic [Pools-1:0] chosen;
  logic [Pools-1:0] source;      // the pool that sends, unless it may to itself

  assign exact_pools = ignore_mac ? '0 : da_pools;

  always_comb begin
    by_address = exact_pools;
    if (!has_sa) begin
      by_address = '0;
    end else if (ignore_mac) begin
      by_address = '1;
    end else if (bcast) begin
      by_address = exact_pools | bam;
    end else if (group) begin
      by_address = exact_pools | mpme | (mta_hit ? rompe : '0);
    end else if (exact_pools == '0 && uta_hit) begin
      by_address = rope;
    end
  end

  assign by_vlan = vfe ? by_address & (has_tag ? vlan_pools : aupe) : by_address;

  always_comb begin
    by_default = by_vlan;
    if (by_vlan == '0 && !from_pool_i && has_sa && !group &&
        !vt_ctl_i[nic_82576_pkg::IGB_VT_CTL_DIS_DEF_POOL_LSB]) begin
      by_default[vt_ctl_i[nic_82576_pkg::IGB_VT_CTL_DEF_PL_LSB+:
                          nic_82576_pkg::IGB_VT_CTL_DEF_PL_W]] = 1'b1;
    end
    if (vlan_drop) by_default = '0;
  end

  always_comb begin
    source = '0;
    source[pool_i] = from_pool_i &&
                     !dtxswc_i[nic_82576_pkg::IGB_DTXSWC_LLE_LSB+32'(pool_i)];
  end

  assign enabled   = by_default & vfre_i & ~source;
  assign by_length = enabled & fits;
  assign single    = (by_length & exact_pools) != '0 ? by_length & exact_pools : by_length;
  assign chosen    = vt_ctl_i[nic_82576_pkg::IGB_VT_CTL_REPL_EN_LSB]
                         ? by_length : single & (~single + 8'd1); // the lowest

  //////////////////
  // Without VMDq //
  //////////////////

  logic       sure, inexact, accepted;
  logic [3:0] queue;

  assign sure     = rar_match || (bcast && rctl_i[nic_82576_pkg::IGB_RCTL_BAM_LSB]);
  assign inexact  = everything ||
                    (has_sa && (group ? (!bcast && mpe) || mta_hit : upe));
  assign accepted = (sure || inexact) && !vlan_drop;
  assign queue    = mode == ModeRss
                        ? entry_i
                        : 4'(mrqc_i[nic_82576_pkg::IGB_MRQC_DEF_Q_LSB+:
                                    nic_82576_pkg::IGB_MRQC_DEF_Q_W]);

  /////////////
  // Verdict //
  /////////////

  logic             by_pools;  // pools decide
  logic             by_filter; // the filter of the 82540EM does
  logic             spoofed;
  logic             several;
  logic [Pools-1:0] second;    // pools whose upper queue it is
  logic             rule_tag, rule_fcs;
  logic             any;

  assign spoof_mac_o  = from_pool_i && dtxswc_i[nic_82576_pkg::IGB_DTXSWC_MACAS_LSB+32'(pool_i)] &&
                        !sa_pools[pool_i];
  assign spoof_vlan_o = from_pool_i &&
                        dtxswc_i[nic_82576_pkg::IGB_DTXSWC_VLANAS_LSB+32'(pool_i)] && has_tag &&
                        !vlan_pools[pool_i];
  assign spoofed      = spoof_mac_o || spoof_vlan_o;
  assign by_pools     = from_pool_i ? switch_on && !spoofed : vmdq;
  assign by_filter    = !from_pool_i && !vmdq;
  assign second       = (mode == ModeVmdqRss && !from_pool_i && entry_i[SecondQueue]) ? rsse : '0;
  assign several      = (chosen & (chosen - 8'd1)) != '0;

  always_comb begin
    queues_o = '0;
    if (by_pools) queues_o = {chosen & second, chosen & ~second};
    if (by_filter && accepted) queues_o[queue] = 1'b1;
  end

  always_comb begin
    rule_tag = vme_i;
    rule_fcs = secrc;
    if (by_pools) begin
      rule_tag = several ? rplolr_i[nic_82576_pkg::IGB_RPLOLR_STRVLAN_LSB]
                         : (chosen & strvlan) != '0;
      rule_fcs = secrc || from_pool_i ||
                 (several ? rplolr_i[nic_82576_pkg::IGB_RPLOLR_STRCRC_LSB]
                          : (chosen & strcrc) != '0);
    end
  end

  assign any         = queues_o != '0;
  assign strip_tag_o = any && rule_tag && has_tag;
  assign strip_fcs_o = any && rule_fcs &&
                       len_i > 15'(nic_pkg::FcsBytes) + (strip_tag_o ? 15'(TagLen) : '0);
  assign stored_o    = len_i - (strip_tag_o ? 15'(TagLen) : '0) -
                       (strip_fcs_o ? 15'(nic_pkg::FcsBytes) : '0);
  assign several_o   = by_pools && several;
  assign exact_o     = (by_pools && exact_pools != '0) || (by_filter && rar_match);
  assign is_bcast_o  = bcast;
  assign is_mcast_o  = group && !bcast;
  assign tagged_o    = has_tag;
  assign pif_o       = by_pools ? any && !exact_o && !(bcast && bam != '0)
                                : any && !sure;
  assign vlan_drop_o = vlan_drop;
  assign too_long_o  = by_pools && enabled != '0 && by_length == '0;
  assign to_wire_o   = from_pool_i && !spoofed && !(by_pools && !group && exact_o);

  logic unused_bits;

  always_comb begin
    unused_bits = ^{rctl_i[31:27], rctl_i[25:21], rctl_i[17:16], rctl_i[14], rctl_i[11:5],
                    rctl_i[1:0], mrqc_i[31:6], vt_ctl_i[31], vt_ctl_i[27:10], vt_ctl_i[6:0],
                    dtxswc_i[30:24], rplolr_i[29:0], tci[15:13]};
    for (int unsigned n = 0; n < RarCount; n++) begin
      unused_bits = unused_bits ^ (^rah_i[32*n+26+:5]);
    end
    for (int unsigned n = 0; n < VlvfCount; n++) begin
      unused_bits = unused_bits ^ (^vlvf_i[32*n+20+:11]);
    end
    for (int unsigned p = 0; p < Pools; p++) begin
      unused_bits = unused_bits ^ (^{vmolr_i[32*p+14+:2], vmolr_i[32*p+18+:6], vmolr_i[32*p+29]});
    end
  end

endmodule
