// SPDX-License-Identifier: Apache-2.0
// Mailboxes between the PF and the VFs: P2VMAILBOX, V2PMAILBOX, VMBMEM, MBVFICR, MBVFIMR, VFLRE;
// and the enables of the pools, VFRE and VFTE. Twin of model/mailbox.c (SystemVerilog has a class of that name).
//
// Cycle contract: docs/cycle-contract-82576.md, "Mailbox". A write, a read of V2PMAILBOX or a pulse
// visible in cycle c acts in tick c; registers and outputs show it in c+1. An event is a pulse in
// c+1. Within a tick the access comes first, then what happens to VFs; so a VF that is reset is
// reset. A VF that is not there has no mailbox: its bits are 0, RSTI and RSTD apart.
// rdata_o answers to csr_id_i and csr_index_i in their cycle. The memory is cleared by
// initialisation, not by rst_ni.
// Known differences: none.

module vf_mailbox #(
  localparam int unsigned Vfs = nic_82576_pkg::Vfs
) (
  input  logic           clk_i,
  input  logic           rst_ni,
  input  logic           reset_i, // CTRL.RST or FLR of the PF: to the reset state in this tick

  // register bus, accesses of VFs as the decoder translates them; and the value of that register,
  // 0 for those of other modules
  input  logic           csr_valid_i,
  input  logic           csr_write_i,
  input  logic [15:0]    csr_id_i,
  input  logic [15:0]    csr_index_i,
  input  logic [31:0]    csr_wdata_i,
  output logic [31:0]    rdata_o,

  // from pci_config_82576, bit n: VF n
  input  logic [Vfs-1:0] there_i,    // level: is there
  input  logic [Vfs-1:0] vf_flr_i,   // pulse: FLR
  input  logic [Vfs-1:0] vf_start_i, // pulse: is there from this cycle on

  // to irq_82576: causes, pulses
  output logic           vmmb_o,     // ICR.VMMB
  output logic [Vfs-1:0] vf_o,       // mailbox vector of VF n

  // enables of the pools
  output logic [Vfs-1:0] vfre_o,
  output logic [Vfs-1:0] vfte_o
);

  localparam int unsigned VfW  = $clog2(Vfs);
  localparam int unsigned MemW = $clog2(nic_82576_pkg::IGB_VMBMEM_COUNT);

  localparam int unsigned FreqLsb = nic_82576_pkg::IGB_MBVFICR_VFREQ_LSB;
  localparam int unsigned FackLsb = nic_82576_pkg::IGB_MBVFICR_VFACK_LSB;

  logic [Vfs-1:0] vfu_d, vfu_q;     // who owns the buffer
  logic [Vfs-1:0] pfu_d, pfu_q;
  logic [Vfs-1:0] pfsts_d, pfsts_q; // of V2PMAILBOX
  logic [Vfs-1:0] pfack_d, pfack_q;
  logic [Vfs-1:0] rsti_d, rsti_q;
  logic [Vfs-1:0] rstd_d, rstd_q;
  logic [Vfs-1:0] vfreq_d, vfreq_q; // MBVFICR
  logic [Vfs-1:0] vfack_d, vfack_q;
  logic [Vfs-1:0] imr_d, imr_q;     // MBVFIMR
  logic [Vfs-1:0] vflre_d, vflre_q;
  logic [Vfs-1:0] vfre_d, vfre_q;
  logic [Vfs-1:0] vfte_d, vfte_q;
  logic           vmmb_d, vmmb_q;
  logic [Vfs-1:0] vf_d, vf_q;

  // VF n: 16n to 16n+15
  logic [31:0]    mem [nic_82576_pkg::IGB_VMBMEM_COUNT];

  ////////////////////////
  // Outputs from state //
  ////////////////////////

  logic [VfW-1:0]  n;  // VF of the access
  logic [MemW-1:0] at; // dword of the access

  assign n  = csr_index_i[VfW-1:0];
  assign at = csr_index_i[MemW-1:0];

  assign vmmb_o = vmmb_q;
  assign vf_o   = vf_q;
  assign vfre_o = vfre_q;
  assign vfte_o = vfte_q;

  always_comb begin
    rdata_o = '0;
    unique case (csr_id_i)
      16'(nic_82576_pkg::IGB_R_VMBMEM): rdata_o = mem[at];
      16'(nic_82576_pkg::IGB_R_P2VMAILBOX): begin
        rdata_o[nic_82576_pkg::IGB_P2VMAILBOX_VFU_LSB] = vfu_q[n];
        rdata_o[nic_82576_pkg::IGB_P2VMAILBOX_PFU_LSB] = pfu_q[n];
      end
      16'(nic_82576_pkg::IGB_R_V2PMAILBOX): begin
        rdata_o[nic_82576_pkg::IGB_V2PMAILBOX_VFU_LSB]   = vfu_q[n];
        rdata_o[nic_82576_pkg::IGB_V2PMAILBOX_PFU_LSB]   = pfu_q[n];
        rdata_o[nic_82576_pkg::IGB_V2PMAILBOX_PFSTS_LSB] = pfsts_q[n];
        rdata_o[nic_82576_pkg::IGB_V2PMAILBOX_PFACK_LSB] = pfack_q[n];
        rdata_o[nic_82576_pkg::IGB_V2PMAILBOX_RSTI_LSB]  = rsti_q[n];
        rdata_o[nic_82576_pkg::IGB_V2PMAILBOX_RSTD_LSB]  = rstd_q[n];
      end
      16'(nic_82576_pkg::IGB_R_MBVFICR): begin
        rdata_o[FreqLsb +: Vfs] = vfreq_q;
        rdata_o[FackLsb +: Vfs] = vfack_q;
      end
      16'(nic_82576_pkg::IGB_R_MBVFIMR): rdata_o[Vfs-1:0] = imr_q;
      16'(nic_82576_pkg::IGB_R_VFLRE):   rdata_o[Vfs-1:0] = vflre_q;
      16'(nic_82576_pkg::IGB_R_VFRE):    rdata_o[Vfs-1:0] = vfre_q;
      16'(nic_82576_pkg::IGB_R_VFTE):    rdata_o[Vfs-1:0] = vfte_q;
      default: ;
    endcase
  end

  ////////////////
  // Next state //
  ////////////////

  logic           write;
  logic [31:0]    w;
  logic [Vfs-1:0] vf;    // of the access, one bit
  logic [Vfs-1:0] reset; // VFs that the PF will hear of
  logic [Vfs-1:0] old;   // VFs that were there before
  logic           to_pf; // the PF is told
  logic [Vfs-1:0] to_vf; // VFs are told

  assign write = csr_valid_i && csr_write_i;
  assign w     = csr_wdata_i;
  assign vf    = Vfs'(1) << n;
  assign old   = there_i & ~vf_start_i;

  always_comb begin
    vfu_d   = vfu_q;
    pfu_d   = pfu_q;
    pfsts_d = pfsts_q;
    pfack_d = pfack_q;
    rsti_d  = rsti_q;
    rstd_d  = rstd_q;
    vfreq_d = vfreq_q;
    vfack_d = vfack_q;
    imr_d   = imr_q;
    vflre_d = vflre_q;
    vfre_d  = vfre_q;
    vfte_d  = vfte_q;
    reset   = vf_flr_i & there_i;
    to_pf   = 1'b0;
    to_vf   = '0;

    // 1. the access
    if (write) begin
      unique case (csr_id_i)
        16'(nic_82576_pkg::IGB_R_P2VMAILBOX): begin
          if (w[nic_82576_pkg::IGB_P2VMAILBOX_RVFU_LSB]) begin
            vfu_d   = vfu_q & ~vf;
            vfreq_d = vfreq_q & ~vf;
            vfack_d = vfack_q & ~vf;
          end
          // The other side's bit refuses the buffer, a write without the bit gives it back.
          pfu_d = pfu_q & ~vf;
          if (w[nic_82576_pkg::IGB_P2VMAILBOX_PFU_LSB]) pfu_d |= vf & ~vfu_d;
          if (w[nic_82576_pkg::IGB_P2VMAILBOX_STS_LSB]) begin
            pfsts_d = pfsts_q | vf;
            to_vf   = vf & there_i;
          end
          if (w[nic_82576_pkg::IGB_P2VMAILBOX_ACK_LSB]) begin
            pfack_d = pfack_q | vf;
            to_vf   = vf & there_i;
          end
        end
        16'(nic_82576_pkg::IGB_R_V2PMAILBOX): begin
          vfu_d = vfu_q & ~vf;
          if (w[nic_82576_pkg::IGB_V2PMAILBOX_VFU_LSB]) vfu_d |= vf & ~pfu_q;
          // An event also when the bit was 1.
          if (w[nic_82576_pkg::IGB_V2PMAILBOX_REQ_LSB]) begin
            vfreq_d = vfreq_q | vf;
            to_pf   = |(imr_q & there_i & vf);
          end
          if (w[nic_82576_pkg::IGB_V2PMAILBOX_ACK_LSB]) begin
            vfack_d = vfack_q | vf;
            to_pf   = |(imr_q & there_i & vf);
          end
        end
        16'(nic_82576_pkg::IGB_R_MBVFICR): begin
          vfreq_d = vfreq_q & ~w[FreqLsb +: Vfs];
          vfack_d = vfack_q & ~w[FackLsb +: Vfs];
        end
        16'(nic_82576_pkg::IGB_R_MBVFIMR): imr_d   = w[Vfs-1:0];
        16'(nic_82576_pkg::IGB_R_VFLRE):   vflre_d = vflre_q & ~w[Vfs-1:0];
        16'(nic_82576_pkg::IGB_R_VFRE):    vfre_d  = w[Vfs-1:0];
        16'(nic_82576_pkg::IGB_R_VFTE):    vfte_d  = w[Vfs-1:0];
        16'(nic_82576_pkg::IGB_R_CTRL_EXT): begin
          if (w[nic_82576_pkg::IGB_CTRL_EXT_PFRSTD_LSB]) begin
            rsti_d = '0;
            rstd_d = '1;
            to_vf  = there_i;
          end
        end
        16'(nic_82576_pkg::IGB_R_VTCTRL): begin
          if (w[nic_82576_pkg::IGB_VTCTRL_RST_LSB]) reset |= vf & there_i;
        end
        default: ;
      endcase
    end else if (csr_valid_i && csr_id_i == 16'(nic_82576_pkg::IGB_R_V2PMAILBOX)) begin
      pfsts_d = pfsts_q & ~vf;
      pfack_d = pfack_q & ~vf;
      rstd_d  = rstd_q & ~vf;
    end

    // 2. VFs are reset and come; one that is not there has nothing. What the PF has not seen
    // outlives a reset.
    vfreq_d &= old;
    vfack_d &= old;
    vflre_d  = (vflre_d | reset) & old;
    vfu_d   &= old & ~reset;
    pfu_d   &= old & ~reset;
    pfsts_d &= old & ~reset;
    pfack_d &= old & ~reset;
    vfre_d  &= ~(reset | vf_start_i);
    vfte_d  &= ~(reset | vf_start_i);

    // 3. events
    vmmb_d = to_pf || reset != '0;
    vf_d   = to_vf;
  end

  logic unused_csr;
  assign unused_csr = ^{csr_index_i[15:MemW], csr_wdata_i[31:27]};

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      vfu_q   <= '0;
      pfu_q   <= '0;
      pfsts_q <= '0;
      pfack_q <= '0;
      rsti_q  <= '1; // until PFRSTD
      rstd_q  <= '0;
      vfreq_q <= '0;
      vfack_q <= '0;
      imr_q   <= '0;
      vflre_q <= '0;
      vfre_q  <= '1;
      vfte_q  <= '1;
      vmmb_q  <= 1'b0;
      vf_q    <= '0;
    end else if (reset_i) begin
      vfu_q   <= '0;
      pfu_q   <= '0;
      pfsts_q <= '0;
      pfack_q <= '0;
      rsti_q  <= '1;
      rstd_q  <= '0;
      vfreq_q <= '0;
      vfack_q <= '0;
      imr_q   <= '0;
      vflre_q <= '0;
      vfre_q  <= '1;
      vfte_q  <= '1;
      vmmb_q  <= 1'b0;
      vf_q    <= '0;
    end else begin
      vfu_q   <= vfu_d;
      pfu_q   <= pfu_d;
      pfsts_q <= pfsts_d;
      pfack_q <= pfack_d;
      rsti_q  <= rsti_d;
      rstd_q  <= rstd_d;
      vfreq_q <= vfreq_d;
      vfack_q <= vfack_d;
      imr_q   <= imr_d;
      vflre_q <= vflre_d;
      vfre_q  <= vfre_d;
      vfte_q  <= vfte_d;
      vmmb_q  <= vmmb_d;
      vf_q    <= vf_d;
    end
  end

  // Memory

  initial begin
    for (int i = 0; i < nic_82576_pkg::IGB_VMBMEM_COUNT; i++) begin
      mem[i] = nic_82576_pkg::IGB_VMBMEM_RESET;
    end
  end

  logic mem_we;
  assign mem_we = write && csr_id_i == 16'(nic_82576_pkg::IGB_R_VMBMEM);

  always_ff @(posedge clk_i) begin
    if (mem_we) mem[at] <= w;
  end

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      // A buffer has one owner.
      Owner_A: assert ((pfu_q & vfu_q) == '0);
      // What the PF must hear of is there to be found.
      Lre_A:   assert (reset_i || (reset & old & ~vflre_d) == '0);
    end
  end
`endif

endmodule
