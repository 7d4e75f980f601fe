// SPDX-License-Identifier: Apache-2.0
// P9: a mailbox has one owner. P10: a VF reaches its own mailbox only. P11: nothing that the PF must
// hear of is lost. How it is read and run: docs/formal.md.
//
// The bus is what the decoders of nic_82576_pkg make of any access of the PF or of a VF that is
// there. Everything else is free.

module mailbox_formal #(
  localparam int unsigned Vfs = nic_82576_pkg::Vfs
) (
  input logic           clk_i,
  input logic           reset_i,
  input logic           valid_i,
  input logic           write_i,
  input logic           pf_i,   // the PF's access, else
  input logic [2:0]     vf_i,   // this VF's
  input logic [14:0]    word_i, // address bits 16:2, in its window
  input logic [31:0]    w_i,
  input logic [Vfs-1:0] there_i,
  input logic [Vfs-1:0] vf_flr_i,
  input logic [Vfs-1:0] vf_start_i
);

  logic           rst_n, vmmb;
  logic [Vfs-1:0] vf, vfre, vfte;

  // {there is a register, its number, element}
  logic [32:0] at;
  logic [35:0] vf_at;
  logic        valid;
  logic [15:0] id, index;

  assign vf_at = nic_82576_pkg::vreg_at(vf_i, word_i[11:0]);
  assign at    = pf_i ? nic_82576_pkg::reg_at(word_i) : {vf_at[35], vf_at[31:0]};
  assign valid = valid_i && at[32] && (pf_i || there_i[vf_i]);
  assign id    = at[31:16];
  assign index = at[15:0];

  vf_mailbox dut (
    .clk_i,
    .rst_ni        (rst_n),
    .reset_i,
    .csr_valid_i   (valid),
    .csr_write_i   (write_i),
    .csr_id_i      (id),
    .csr_index_i   (index),
    .csr_wdata_i   (w_i),
    .rdata_o       (),
    .there_i,
    .vf_flr_i,
    .vf_start_i,
    .vmmb_o        (vmmb),
    .vf_o          (vf),
    .vfre_o        (vfre),
    .vfte_o        (vfte)
  );

  // Into the RTL.
  (* hierconn *) wire [Vfs-1:0] \dut.vfu_q ;
  (* hierconn *) wire [Vfs-1:0] \dut.pfu_q ;
  (* hierconn *) wire [Vfs-1:0] \dut.pfsts_q ;
  (* hierconn *) wire [Vfs-1:0] \dut.pfack_q ;
  (* hierconn *) wire [Vfs-1:0] \dut.rsti_q ;
  (* hierconn *) wire [Vfs-1:0] \dut.rstd_q ;
  (* hierconn *) wire [Vfs-1:0] \dut.vfreq_q ;
  (* hierconn *) wire [Vfs-1:0] \dut.vfack_q ;
  (* hierconn *) wire [Vfs-1:0] \dut.imr_q ;
  (* hierconn *) wire [Vfs-1:0] \dut.vflre_q ;
  (* hierconn *) wire           \dut.mem_we ;
  (* hierconn *) wire [6:0]     \dut.at ;

  // Power-good comes behind the first cycle.
  initial rst_n = 1'b0;
  always_ff @(posedge clk_i) rst_n <= 1'b1;

  /////////////
  // Monitor //
  /////////////

  localparam int unsigned P2vPfu  = nic_82576_pkg::IGB_P2VMAILBOX_PFU_LSB;
  localparam int unsigned P2vRvfu = nic_82576_pkg::IGB_P2VMAILBOX_RVFU_LSB;
  localparam int unsigned V2pVfu  = nic_82576_pkg::IGB_V2PMAILBOX_VFU_LSB;
  localparam int unsigned V2pReq  = nic_82576_pkg::IGB_V2PMAILBOX_REQ_LSB;
  localparam int unsigned V2pAck  = nic_82576_pkg::IGB_V2PMAILBOX_ACK_LSB;

  logic           write, p2v, v2p, icr;
  logic [Vfs-1:0] me;    // VF of the access
  logic [Vfs-1:0] hit;   // VFs that are reset in this tick
  logic [Vfs-1:0] fresh; // VFs without a past behind it

  assign write = valid && write_i;
  assign p2v   = write && id == 16'(nic_82576_pkg::IGB_R_P2VMAILBOX);
  assign v2p   = write && id == 16'(nic_82576_pkg::IGB_R_V2PMAILBOX);
  assign icr   = write && id == 16'(nic_82576_pkg::IGB_R_MBVFICR);
  assign me    = Vfs'(1) << index[2:0];
  assign fresh = ~there_i | vf_start_i;
  assign hit   = there_i & (vf_flr_i |
                 (write && id == 16'(nic_82576_pkg::IGB_R_VTCTRL) &&
                  w_i[nic_82576_pkg::IGB_VTCTRL_RST_LSB] ? me : '0));

  // What was so a cycle ago.
  logic           was_q;   // power-good, and no reset
  logic           p2v_q, v2p_q, told_q, vf_access_q;
  logic [31:0]    w_q;
  logic [Vfs-1:0] me_q, same_q, vfu_q, pfu_q;
  logic [Vfs*9-1:0] bits_q;
  logic [Vfs-1:0] rsti_q, imr_q;
  // Debts to the PF.
  logic [Vfs-1:0] req_q, ack_q, lre_q, mask_q;

  logic [Vfs*9-1:0] bits;
  assign bits = {\dut.vfu_q , \dut.pfu_q , \dut.pfsts_q , \dut.pfack_q , \dut.rstd_q ,
                 \dut.vfreq_q , \dut.vfack_q , \dut.vflre_q , vfre & vfte};

  always_ff @(posedge clk_i) begin
    was_q       <= rst_n && !reset_i;
    p2v_q       <= p2v;
    v2p_q       <= v2p;
    vf_access_q <= valid && !pf_i;
    w_q         <= w_i;
    me_q        <= me;
    same_q      <= ~fresh & ~hit; // nothing but the access changes these
    vfu_q       <= \dut.vfu_q ;
    pfu_q       <= \dut.pfu_q ;
    bits_q      <= bits;
    rsti_q      <= \dut.rsti_q ;
    imr_q       <= \dut.imr_q ;
    told_q      <= hit != '0 || (v2p && (w_i[V2pReq] || w_i[V2pAck]) &&
                                 (me & mask_q & there_i) != '0);
    if (!rst_n || reset_i) begin
      req_q  <= '0;
      ack_q  <= '0;
      lre_q  <= '0;
      mask_q <= '0;
    end else begin
      req_q <= ((req_q & ~(icr ? w_i[7:0] : p2v && w_i[P2vRvfu] ? me : '0)) |
                (v2p && w_i[V2pReq] ? me : '0)) & ~fresh;
      ack_q <= ((ack_q & ~(icr ? w_i[23:16] : p2v && w_i[P2vRvfu] ? me : '0)) |
                (v2p && w_i[V2pAck] ? me : '0)) & ~fresh;
      lre_q <= ((lre_q & ~(write && id == 16'(nic_82576_pkg::IGB_R_VFLRE) ? w_i[7:0] : '0)) |
                hit) & ~fresh;
      if (write && id == 16'(nic_82576_pkg::IGB_R_MBVFIMR)) mask_q <= w_i[7:0];
    end
  end

  ////////////////
  // Properties //
  ////////////////

  logic [Vfs-1:0] free; // of the VF, in the tick of the PF's write

  assign free = ~vfu_q | (w_q[P2vRvfu] ? me_q : '0);

  always_comb begin
    if (rst_n) begin
      P9Owner_A: assert ((\dut.pfu_q & \dut.vfu_q ) == '0);
      if (was_q) begin
        // Each takes a free buffer only, and gets it; a write without the bit gives it back.
        P9Pf_A:   assert ((\dut.pfu_q & ~pfu_q & ~(p2v_q && w_q[P2vPfu] ? me_q & free : '0)) == '0);
        P9Vf_A:   assert ((\dut.vfu_q & ~vfu_q & ~(v2p_q && w_q[V2pVfu] ? me_q & ~pfu_q : '0)) ==
                          '0);
        if (p2v_q && (me_q & same_q) != '0) begin
          P9PfGets_A: assert (((\dut.pfu_q & me_q) != '0) == (w_q[P2vPfu] && (me_q & free) != '0));
        end
        if (v2p_q && (me_q & same_q) != '0) begin
          P9VfGets_A: assert (((\dut.vfu_q & me_q) != '0) ==
                              (w_q[V2pVfu] && (me_q & pfu_q) == '0));
        end
        // An access of a VF changes nothing of another, and tells none.
        if (vf_access_q) begin
          P10State_A: assert (((bits ^ bits_q) & {9{same_q & ~me_q}}) == '0);
          P10All_A:   assert (\dut.rsti_q == rsti_q && \dut.imr_q == imr_q && vf == '0);
        end
      end
      // Its memory is its own, and its numbers are.
      if (valid && !pf_i) begin
        P10Memory_A: assert (!\dut.mem_we || \dut.at [6:4] == vf_i);
        P10Window_A: assert (!(p2v || icr) && (!v2p || index[2:0] == vf_i));
      end
      // What the PF must hear of stays until it has named it, and it is called each time.
      P11Bits_A: assert (\dut.vfreq_q == req_q && \dut.vfack_q == ack_q && \dut.vflre_q == lre_q);
      P11Mask_A: assert (\dut.imr_q == mask_q);
      P11Told_A: assert (vmmb == (was_q && told_q));
    end
  end

  // Must be found false: these situations exist.
  always_comb begin
    if (rst_n) begin
      R9Race_A:  assert (!(was_q && v2p_q && p2v && me == me_q && (\dut.vfu_q & me) != '0 &&
                           w_i[P2vPfu]));
      R11Both_A: assert (!(write && id == 16'(nic_82576_pkg::IGB_R_VFLRE) &&
                           (w_i[7:0] & lre_q & hit) != '0));
    end
  end

endmodule
