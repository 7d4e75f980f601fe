// SPDX-License-Identifier: Apache-2.0
// Interrupts of the 82576: causes and masks of both levels, the way from a cause to a vector,
// events that wait to be sent, frame counters, and the line of MSIX_MODE = 0. Gates and credits are
// eitr's. Twin of model/irq_82576.c.
//
// Cycle contract (docs/cycle-contract-82576.md, Interrupts): causes, write-backs, mailbox events
// and register accesses visible in cycle c act in tick c and are seen in c+1. Order within a tick:
// clears, sent, sets, events; resets of VFs are last.
// Three outputs answer in the same cycle, to state of other modules only: sent_o to open_i,
// credit_i and reset_i; rx_open_o and tx_open_o to open_i. And rdata_o to csr_id_i.
// Known differences: none.

module irq_82576 #(
  localparam int unsigned Vectors  = nic_82576_pkg::Vectors,
  localparam int unsigned Vfs      = nic_82576_pkg::Vfs,
  localparam int unsigned Queues   = nic_82576_pkg::Queues,
  localparam int unsigned QueueW   = $clog2(Queues),
  localparam int unsigned PacketsW = $clog2(nic_pkg::DescCache + 1),
  localparam int unsigned LlW      = nic_82576_pkg::IGB_GPIE_LL_INTERVAL_W
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                reset_i,    // CTRL.RST or FLR of the PF
  input  logic [Vfs-1:0]      stay_i,     // with it: VFs whose registers stay
  input  logic [Vfs-1:0]      vf_reset_i, // of VF n: VTCTRL.RST, FLR, vf_start, vf_stop

  // causes pulsed in this cycle, as bits of ICR, without those of write-backs
  input  logic [31:0]         set_i,

  // from the rings: descriptors written back; packets finished by it
  input  logic                rx_valid_i,
  input  logic [QueueW-1:0]   rx_queue_i,
  input  logic [PacketsW-1:0] rx_packets_i,
  input  logic                rx_lli_i,   // a low-latency frame is among them
  input  logic                rx_rxdmt_i, // the threshold was reached
  input  logic                tx_valid_i,
  input  logic [QueueW-1:0]   tx_queue_i,
  input  logic [PacketsW-1:0] tx_packets_i,

  // from mailbox: events of the VFs
  input  logic [Vfs-1:0]      vf_i,

  // from pci_config: of the PF
  input  logic                msi_en_i,
  input  logic                msix_en_i,

  // from host_port: the MSI message is sent
  input  logic                msi_done_i,

  // from eitr: gates that are open, and those that a low-latency event need not wait for
  input  logic [Vectors-1:0]  open_i,
  input  logic [Vectors-1:0]  credit_i,

  // to eitr and msix: vectors that are sent in this tick; MSIX_MODE = 0: bit 0, the line rises
  // (or, with MSI-X, another cause has come while it is up)
  output logic [Vectors-1:0]  sent_o,
  output logic [LlW-1:0]      ll_interval_o,

  // to the rings: the gate of the queue's vector is open, or it has none
  output logic [Queues-1:0]   rx_open_o,
  output logic [Queues-1:0]   tx_open_o,

  // register bus, and to regs (reads) the value of register csr_id_i, 0 if it is none of these
  input  logic                csr_valid_i,
  input  logic                csr_write_i,
  input  logic [15:0]         csr_id_i,
  input  logic [15:0]         csr_index_i,
  input  logic [3:0]          csr_func_i,  // 0 PF, 1 + n VF n
  input  logic [31:0]         csr_wdata_i,
  output logic [31:0]         rdata_o,

  // to pci_config, and through its masks to the pin
  output logic                int_o,

  // to host_port: an MSI message waits
  output logic                msi_o
);

  localparam int unsigned MsixVf  = nic_82576_pkg::MsixVf;
  localparam int unsigned LineW   = 4;  // MSIX_MODE = 0: queues have 16 bits of EICR
  localparam int unsigned FramesW = 16; // VRXFRAMES, VTXFRAMES
  localparam int unsigned Other   = nic_82576_pkg::IGB_EICR_OTHER_LSB;
  localparam int unsigned Mode    = nic_82576_pkg::IGB_GPIE_MSIX_MODE_LSB;

  logic [31:0] icr_d, icr_q;
  logic [31:0] ims_d, ims_q;
  logic [31:0] iam_d, iam_q;
  logic [31:0] eicr_d, eicr_q;
  logic [31:0] eims_d, eims_q;
  logic [31:0] eiac_d, eiac_q;
  logic [31:0] eiam_d, eiam_q;
  logic [31:0] gpie_d, gpie_q;
  logic [32*Vfs-1:0] ivar_d, ivar_q;             // of pool n
  logic [31:0]       ivar_misc_d, ivar_misc_q;
  logic [8*Vfs-1:0]  vtivar_misc_d, vtivar_misc_q;
  logic [Vectors-1:0] ev_d, ev_q;   // vectors with an event that is not sent; MSIX_MODE = 1
  logic [Vectors-1:0] lli_d, lli_q; // those for which it is urgent; MSIX_MODE = 0: bit 0, the line
  logic               int_d, int_q;
  logic               news_d, news_q; // MSIX_MODE = 0 with MSI-X: a cause that is not told
  logic               msi_d, msi_q;
  logic [FramesW*Vectors-1:0] rx_frames_d, rx_frames_q; // VRXFRAMES
  logic [FramesW*Vectors-1:0] tx_frames_d, tx_frames_q; // VTXFRAMES
  logic [FramesW*Vectors-1:0] rx_n_d, rx_n_q;           // packets since the last cause
  logic [FramesW*Vectors-1:0] tx_n_d, tx_n_q;

  ////////////////////////////////////
  // From a queue to its vector     //
  ////////////////////////////////////

  // First vector of a VF.
  function automatic int unsigned first_vector(input int unsigned n);
    first_vector = Vectors - MsixVf * (n + 1);
  endfunction

  // {there is one, the bit of EICR} of a byte of an IVAR.
  function automatic logic [5:0] vector_of(input logic valid, input logic [4:0] vector,
                                           input logic msix_mode);
    if (msix_mode) vector_of = {valid && vector < 5'(Vectors), vector};
    else           vector_of = {valid, 5'(vector[LineW-1:0])};
  endfunction

  // Bytes of an IVAR: rx and tx of queue n, rx and tx of queue n + 8.
  function automatic logic [5:0] queue_vector(input logic [32*Vfs-1:0] ivar,
                                              input logic [QueueW-1:0] queue, input logic tx,
                                              input logic msix_mode);
    logic [31:0] row;
    logic [5:0]  part; // its bits 7 and 4:0
    row          = ivar[32*queue[QueueW-2:0] +: 32];
    part         = {row[16*queue[QueueW-1] + 8*tx + 7], row[16*queue[QueueW-1] + 8*tx +: 5]};
    queue_vector = vector_of(part[5], part[4:0], msix_mode);
  endfunction

  logic        msix_mode;
  logic [5:0]  rx_vector, tx_vector;
  logic [31:0] open;

  assign msix_mode = gpie_q[Mode];
  assign rx_vector = queue_vector(ivar_q, rx_queue_i, 1'b0, msix_mode);
  assign tx_vector = queue_vector(ivar_q, tx_queue_i, 1'b1, msix_mode);
  assign open      = 32'(open_i);

  for (genvar q = 0; q < Queues; q++) begin : gen_open
    logic [5:0] rx, tx;
    assign rx = queue_vector(ivar_q, QueueW'(q), 1'b0, msix_mode);
    assign tx = queue_vector(ivar_q, QueueW'(q), 1'b1, msix_mode);
    assign rx_open_o[q] = !rx[5] || open[msix_mode ? rx[4:0] : 5'd0];
    assign tx_open_o[q] = !tx[5] || open[msix_mode ? tx[4:0] : 5'd0];
  end

  ////////////////////////
  // Outputs from state //
  ////////////////////////

  logic               line; // ICR has a cause that IMS enables
  logic               pend; // MSIX_MODE = 0: there is a reason for the line to be up
  logic [Vectors-1:0] want; // vectors that are to be sent as soon as they may

  assign line = (icr_q & ims_q) != '0;
  assign pend = !msix_mode && (line || (eicr_q & eims_q) != '0);
  assign want = msix_mode ? ev_q & eims_q[Vectors-1:0] : Vectors'(pend && (!int_q || news_q));

  assign sent_o        = want & (open_i | (lli_q & credit_i) | {Vectors{reset_i && msix_mode}});
  assign ll_interval_o = gpie_q[nic_82576_pkg::IGB_GPIE_LL_INTERVAL_LSB +: LlW];
  assign int_o         = int_q;
  assign msi_o         = msi_q;

  logic [2:0] pool;   // csr_index_i as a number of a pool
  logic [4:0] vector; // and of a vector

  assign pool   = csr_index_i[2:0];
  assign vector = csr_index_i < 16'(Vectors) ? csr_index_i[4:0] : '0;

  always_comb begin
    rdata_o = '0;
    case (csr_id_i)
      16'(nic_82576_pkg::IGB_R_ICR):         rdata_o = icr_q;
      16'(nic_82576_pkg::IGB_R_IMS):         rdata_o = ims_q;
      16'(nic_82576_pkg::IGB_R_IAM):         rdata_o = iam_q;
      16'(nic_82576_pkg::IGB_R_EICR): begin
        rdata_o = eicr_q;
        if (!msix_mode && line) rdata_o[Other] = 1'b1;
      end
      16'(nic_82576_pkg::IGB_R_EIMS):        rdata_o = eims_q;
      16'(nic_82576_pkg::IGB_R_EIAC):        rdata_o = eiac_q;
      16'(nic_82576_pkg::IGB_R_EIAM):        rdata_o = eiam_q;
      16'(nic_82576_pkg::IGB_R_GPIE):        rdata_o = gpie_q;
      16'(nic_82576_pkg::IGB_R_IVAR):        rdata_o = ivar_q[32*pool +: 32];
      16'(nic_82576_pkg::IGB_R_IVAR_MISC):   rdata_o = ivar_misc_q;
      16'(nic_82576_pkg::IGB_R_VTIVAR_MISC): rdata_o = 32'(vtivar_misc_q[8*pool +: 8]);
      16'(nic_82576_pkg::IGB_R_VRXFRAMES):
        rdata_o = 32'(rx_frames_q[FramesW*vector +: FramesW]);
      16'(nic_82576_pkg::IGB_R_VTXFRAMES):
        rdata_o = 32'(tx_frames_q[FramesW*vector +: FramesW]);
      default: ; // ICS, IMC, EICS and EIMC too
    endcase
  end

  /////////////////////////
  // Causes of this tick //
  /////////////////////////

  // Packets are counted: {they are a cause, the new count}.
  function automatic logic [FramesW:0] count(input logic [FramesW-1:0] frames,
                                             input logic [FramesW-1:0] n,
                                             input logic [PacketsW-1:0] packets);
    logic [FramesW:0] sum;
    sum   = (FramesW+1)'(n) + (FramesW+1)'(packets);
    count = {packets != '0, {FramesW{1'b0}}};
    if (sum < (FramesW+1)'(frames)) count = {1'b0, sum[FramesW-1:0]};
  endfunction

  logic             rx_has, tx_has;     // there is a vector
  logic             rx_cause, tx_cause;
  logic             rx_low;             // it is urgent
  logic [4:0]       rx_at, tx_at;       // counter; below Vectors also where there is no vector
  logic [FramesW:0] rx_counted, tx_counted;
  logic [31:0]      queue_set;          // bits of EICR set by queues
  logic [31:0]      vf_set;             // by mailboxes
  logic [31:0]      other_set;          // by ICR
  logic [1:0]       vf_k;

  assign rx_has     = rx_vector[5];
  assign tx_has     = tx_vector[5];
  assign rx_at      = rx_has ? rx_vector[4:0] : '0;
  assign tx_at      = tx_has ? tx_vector[4:0] : '0;
  assign rx_counted = count(rx_frames_q[FramesW*rx_at +: FramesW], rx_n_q[FramesW*rx_at +: FramesW],
                            rx_packets_i);
  assign tx_counted = count(tx_frames_q[FramesW*tx_at +: FramesW], tx_n_q[FramesW*tx_at +: FramesW],
                            tx_packets_i);
  assign rx_cause   = rx_valid_i && (rx_lli_i || (rx_has ? rx_counted[FramesW] :
                                                           rx_packets_i != '0));
  assign tx_cause   = tx_valid_i && (tx_has ? tx_counted[FramesW] : tx_packets_i != '0);
  assign rx_low     = rx_valid_i && (rx_lli_i || rx_rxdmt_i);

  // Frame counters that are full; for meters.
  logic rx_full, tx_full;

  assign rx_full = rx_valid_i && !rx_lli_i && rx_has && rx_counted[FramesW] &&
                   rx_frames_q[FramesW*rx_at +: FramesW] != '0;
  assign tx_full = tx_cause && tx_has && tx_frames_q[FramesW*tx_at +: FramesW] != '0;

  logic unused_full;
  assign unused_full = rx_full ^ tx_full;

  always_comb begin
    queue_set = '0;
    if (rx_has && (rx_cause || (rx_valid_i && rx_rxdmt_i))) queue_set[rx_at] = 1'b1;
    if (tx_has && tx_cause) queue_set[tx_at] = 1'b1;

    vf_set = '0;
    vf_k   = '0;
    for (int unsigned n = 0; n < Vfs; n++) begin
      vf_k = vtivar_misc_q[8*n +: 2];
      if (vf_i[n] && vtivar_misc_q[8*n + nic_82576_pkg::IGB_VTIVAR_MISC_VALID_LSB]) begin
        vf_set[5'(first_vector(n)) + (vf_k == 2'd3 ? 5'd2 : 5'(vf_k))] = 1'b1;
      end
    end
  end

  ////////////////
  // Next state //
  ////////////////

  logic        write, read;
  logic        pf_read_eicr;
  logic        icr_access, icr_clears;
  logic        nsicr, asserted, eiame;
  logic [31:0] w;
  logic [31:0] own;        // bits of vectors that the one who asks may write
  logic [31:0] icr_set;
  logic [31:0] eicr_clear, eicr_set;
  logic [31:0] sent;       // MSIX_MODE = 1
  logic [5:0]  other;      // vector of the causes in ICR
  logic        rise;       // of the line, or once more
  logic        new_cause;  // in ICR, that IMS enables
  logic [Vectors-1:0] wake; // EICR was set, now it is enabled
  logic [Vectors-1:0] gone; // what is not new any more

  assign w            = csr_wdata_i;
  assign write        = csr_valid_i && csr_write_i;
  assign read         = csr_valid_i && !csr_write_i;
  assign nsicr        = gpie_q[nic_82576_pkg::IGB_GPIE_NSICR_LSB];
  assign eiame        = gpie_q[nic_82576_pkg::IGB_GPIE_EIAME_LSB];
  assign asserted     = icr_q[nic_82576_pkg::IGB_ICR_INT_ASSERTED_LSB];
  assign icr_access   = csr_valid_i && csr_id_i == 16'(nic_82576_pkg::IGB_R_ICR);
  assign icr_clears   = nsicr || ims_q == '0 || asserted || !msix_en_i;
  assign pf_read_eicr = read && csr_id_i == 16'(nic_82576_pkg::IGB_R_EICR) && csr_func_i == '0;
  assign sent         = msix_mode ? 32'(sent_o) : '0;
  assign rise         = !msix_mode && sent_o[0];
  assign other        = vector_of(ivar_misc_q[nic_82576_pkg::IGB_IVAR_MISC_OTHER_VALID_LSB],
                                  ivar_misc_q[nic_82576_pkg::IGB_IVAR_MISC_OTHER_LSB +: 5], 1'b1);

  always_comb begin
    own = '1;
    for (int unsigned n = 0; n < Vfs; n++) begin
      if (csr_func_i == 4'(n + 1)) own = 32'((1 << MsixVf) - 1) << first_vector(n);
    end
  end

  // ICR, IMS
  always_comb begin
    icr_d   = icr_q;
    ims_d   = ims_q;
    icr_set = set_i & nic_82576_pkg::IGB_ICS_WMASK;
    if (rx_cause) icr_set[nic_82576_pkg::IGB_ICR_RXDW_LSB] = 1'b1;
    if (tx_cause) icr_set[nic_82576_pkg::IGB_ICR_TXDW_LSB] = 1'b1;
    if (rx_valid_i && rx_rxdmt_i) icr_set[nic_82576_pkg::IGB_ICR_RXDMT0_LSB] = 1'b1;

    // 1. clears
    if (write && csr_id_i == 16'(nic_82576_pkg::IGB_R_IMC)) ims_d = ims_q & ~w;
    if (icr_access) begin
      if (write)           icr_d = icr_q & ~w;
      else if (icr_clears) icr_d = '0;
      if ((write || icr_clears) && (nsicr || asserted)) ims_d = ims_q & ~iam_q;
    end

    // 3. sets
    if (write && csr_id_i == 16'(nic_82576_pkg::IGB_R_ICS)) begin
      icr_set = icr_set | (w & nic_82576_pkg::IGB_ICS_WMASK);
    end
    if (write && csr_id_i == 16'(nic_82576_pkg::IGB_R_IMS)) begin
      ims_d = ims_q | (w & nic_82576_pkg::IGB_IMS_WMASK);
    end
    icr_d = icr_d | icr_set;

    // to a vector: what is new of the causes that are enabled
    new_cause = (icr_d & ims_d & (icr_set | ~(icr_q & ims_q))) != '0;
    other_set = '0;
    if (other[5] && new_cause) other_set[other[4:0]] = 1'b1;

    if (rise) icr_d[nic_82576_pkg::IGB_ICR_INT_ASSERTED_LSB] = 1'b1;
  end

  // EICR, EIMS, events
  always_comb begin
    eicr_d = eicr_q;
    eims_d = eims_q;
    ev_d   = ev_q;
    lli_d  = lli_q;

    // 1. clears
    eicr_clear = '0;
    if (pf_read_eicr && !msix_mode) eicr_clear = '1;
    if (write) begin
      case (csr_id_i)
        16'(nic_82576_pkg::IGB_R_EICR): eicr_clear = w;
        16'(nic_82576_pkg::IGB_R_EIMC): eims_d     = eims_q & ~w;
        default: ;
      endcase
    end
    if (!eiame) eims_d = eims_d & ~(eiam_q & eicr_clear);

    // 2. sent
    if (eiame) eims_d = eims_d & ~(eiam_q & sent);
    eicr_d = eicr_q & ~eicr_clear & ~(eiac_q & sent);

    // 3. sets
    eicr_set = queue_set;
    if (msix_mode) eicr_set = queue_set | vf_set | other_set;
    if (write && csr_id_i == 16'(nic_82576_pkg::IGB_R_EICS)) begin
      eicr_set = eicr_set | (w & nic_82576_pkg::IGB_EICS_WMASK);
      eims_d   = eims_d | (w & nic_82576_pkg::IGB_EICS_WMASK & eiam_q);
    end
    if (write && csr_id_i == 16'(nic_82576_pkg::IGB_R_EIMS)) begin
      eims_d = eims_d | (w & nic_82576_pkg::IGB_EIMS_WMASK);
    end
    eicr_d = eicr_d | eicr_set;

    // 4. events, and which of them are urgent
    wake = eicr_d[Vectors-1:0] & eims_d[Vectors-1:0] & ~eims_q[Vectors-1:0];
    gone = eicr_clear[Vectors-1:0] | sent[Vectors-1:0];
    if (msix_mode) begin
      ev_d  = (ev_q & ~gone) | eicr_set[Vectors-1:0] | wake;
      lli_d = lli_q & ~gone;
      if (rx_low && rx_has) lli_d[rx_at] = 1'b1;
    end else begin
      if (rise || pf_read_eicr || (!icr_d[nic_82576_pkg::IGB_ICR_RXDW_LSB] &&
                                   !icr_d[nic_82576_pkg::IGB_ICR_RXDMT0_LSB])) begin
        lli_d = '0;
      end
      if (rx_low) lli_d[0] = 1'b1;
    end
    if (gpie_d[Mode] != gpie_q[Mode]) begin
      ev_d  = '0;
      lli_d = '0;
    end

    // the last: resets of VFs
    for (int unsigned n = 0; n < Vfs; n++) begin
      if (vf_reset_i[n]) begin
        eicr_d[first_vector(n) +: MsixVf] = '0;
        eims_d[first_vector(n) +: MsixVf] = '0;
        ev_d[first_vector(n) +: MsixVf]   = '0;
        lli_d[first_vector(n) +: MsixVf]  = '0;
      end
    end
  end

  // The line. What comes behind its rise MSI-X tells anew, so that nothing depends on whether ICR
  // was read in time.
  always_comb begin
    int_d = int_q;
    msi_d = msi_q;
    news_d = !msix_mode && msix_en_i && (new_cause || (news_q && pend && !rise));
    if (msi_done_i) msi_d = 1'b0;
    if (!pend) begin
      int_d = 1'b0;
    end else if (rise) begin
      int_d = 1'b1;
      msi_d = msi_en_i && !msix_en_i;
    end
    if (gpie_d[Mode] != gpie_q[Mode]) begin
      int_d  = 1'b0;
      news_d = 1'b0;
    end
  end

  // What is only stored, and the frame counters
  always_comb begin
    iam_d         = iam_q;
    eiac_d        = eiac_q;
    eiam_d        = eiam_q;
    gpie_d        = gpie_q;
    ivar_d        = ivar_q;
    ivar_misc_d   = ivar_misc_q;
    vtivar_misc_d = vtivar_misc_q;
    rx_frames_d   = rx_frames_q;
    tx_frames_d   = tx_frames_q;
    rx_n_d        = rx_n_q;
    tx_n_d        = tx_n_q;

    if (rx_valid_i && rx_has) begin
      rx_n_d[FramesW*rx_at +: FramesW] = rx_lli_i ? '0 : rx_counted[FramesW-1:0];
    end
    if (tx_valid_i && tx_has) begin
      tx_n_d[FramesW*tx_at +: FramesW] = tx_counted[FramesW-1:0];
    end

    if (write) begin
      case (csr_id_i)
        16'(nic_82576_pkg::IGB_R_IAM):  iam_d = w & nic_82576_pkg::IGB_IAM_WMASK;
        16'(nic_82576_pkg::IGB_R_EIAC):
          eiac_d = (eiac_q & ~own) | (w & own & nic_82576_pkg::IGB_EIAC_WMASK);
        16'(nic_82576_pkg::IGB_R_EIAM):
          eiam_d = (eiam_q & ~own) | (w & own & nic_82576_pkg::IGB_EIAM_WMASK);
        16'(nic_82576_pkg::IGB_R_GPIE): gpie_d = w & nic_82576_pkg::IGB_GPIE_WMASK;
        16'(nic_82576_pkg::IGB_R_IVAR):
          ivar_d[32*pool +: 32] = w & nic_82576_pkg::IGB_IVAR_WMASK;
        16'(nic_82576_pkg::IGB_R_IVAR_MISC):
          ivar_misc_d = w & nic_82576_pkg::IGB_IVAR_MISC_WMASK;
        16'(nic_82576_pkg::IGB_R_VTIVAR_MISC):
          vtivar_misc_d[8*pool +: 8] = 8'(w & nic_82576_pkg::IGB_VTIVAR_MISC_WMASK);
        16'(nic_82576_pkg::IGB_R_VRXFRAMES): begin
          rx_frames_d[FramesW*vector +: FramesW] = w[FramesW-1:0];
          rx_n_d[FramesW*vector +: FramesW]      = '0;
        end
        16'(nic_82576_pkg::IGB_R_VTXFRAMES): begin
          tx_frames_d[FramesW*vector +: FramesW] = w[FramesW-1:0];
          tx_n_d[FramesW*vector +: FramesW]      = '0;
        end
        default: ;
      endcase
    end

    for (int unsigned n = 0; n < Vfs; n++) begin
      if (vf_reset_i[n]) begin
        eiac_d[first_vector(n) +: MsixVf] = '0;
        eiam_d[first_vector(n) +: MsixVf] = '0;
        ivar_d[32*n +: 32]                = '0;
        vtivar_misc_d[8*n +: 8]           = '0;
        rx_frames_d[FramesW*first_vector(n) +: FramesW*MsixVf] = '0;
        tx_frames_d[FramesW*first_vector(n) +: FramesW*MsixVf] = '0;
        rx_n_d[FramesW*first_vector(n) +: FramesW*MsixVf]      = '0;
        tx_n_d[FramesW*first_vector(n) +: FramesW*MsixVf]      = '0;
      end
    end
  end

  // What a reset of the PF leaves alone, so that VFs can be told that it is back
  // (CTRL_EXT.PFRSTD). Of the register bus nothing comes in that tick, resets of VFs do.
  logic [31:0]                stay; // bits of vectors
  logic [32*Vfs-1:0]          ivar_stay;
  logic [8*Vfs-1:0]           vtivar_misc_stay;
  logic [FramesW*Vectors-1:0] rx_frames_stay, tx_frames_stay;

  always_comb begin
    stay             = '0;
    ivar_stay        = '0;
    vtivar_misc_stay = '0;
    rx_frames_stay   = '0;
    tx_frames_stay   = '0;
    for (int unsigned n = 0; n < Vfs; n++) begin
      if (stay_i[n] && !vf_reset_i[n]) begin
        stay[first_vector(n) +: MsixVf] = '1;
        ivar_stay[32*n +: 32]           = ivar_q[32*n +: 32];
        vtivar_misc_stay[8*n +: 8]      = vtivar_misc_q[8*n +: 8];
        rx_frames_stay[FramesW*first_vector(n) +: FramesW*MsixVf] =
            rx_frames_q[FramesW*first_vector(n) +: FramesW*MsixVf];
        tx_frames_stay[FramesW*first_vector(n) +: FramesW*MsixVf] =
            tx_frames_q[FramesW*first_vector(n) +: FramesW*MsixVf];
      end
    end
  end

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      icr_q       <= '0;
      ims_q       <= '0;
      iam_q       <= '0;
      eicr_q      <= '0;
      eims_q      <= nic_82576_pkg::IGB_EIMS_RESET;
      eiac_q      <= '0;
      eiam_q      <= '0;
      gpie_q      <= '0;
      ivar_q      <= '0;
      ivar_misc_q <= '0;
      vtivar_misc_q <= '0;
      ev_q        <= '0;
      lli_q       <= '0;
      int_q       <= 1'b0;
      news_q      <= 1'b0;
      msi_q       <= 1'b0;
      rx_frames_q <= '0;
      tx_frames_q <= '0;
      rx_n_q      <= '0;
      tx_n_q      <= '0;
    end else if (reset_i) begin
      icr_q       <= '0;
      ims_q       <= '0;
      iam_q       <= '0;
      eicr_q      <= '0;
      eims_q      <= nic_82576_pkg::IGB_EIMS_RESET | (eims_q & stay);
      eiac_q      <= eiac_q & stay;
      eiam_q      <= eiam_q & stay;
      gpie_q      <= '0;
      ivar_q      <= ivar_stay;
      ivar_misc_q <= '0;
      vtivar_misc_q <= vtivar_misc_stay;
      ev_q        <= '0;
      lli_q       <= '0;
      int_q       <= 1'b0;
      news_q      <= 1'b0;
      msi_q       <= 1'b0;
      rx_frames_q <= rx_frames_stay;
      tx_frames_q <= tx_frames_stay;
      rx_n_q      <= '0;
      tx_n_q      <= '0;
    end else begin
      icr_q       <= icr_d;
      ims_q       <= ims_d;
      iam_q       <= iam_d;
      eicr_q      <= eicr_d;
      eims_q      <= eims_d;
      eiac_q      <= eiac_d;
      eiam_q      <= eiam_d;
      gpie_q      <= gpie_d;
      ivar_q      <= ivar_d;
      ivar_misc_q <= ivar_misc_d;
      vtivar_misc_q <= vtivar_misc_d;
      ev_q        <= ev_d;
      lli_q       <= lli_d;
      int_q       <= int_d;
      news_q      <= news_d;
      msi_q       <= msi_d;
      rx_frames_q <= rx_frames_d;
      tx_frames_q <= tx_frames_d;
      rx_n_q      <= rx_n_d;
      tx_n_q      <= tx_n_d;
    end
  end

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && !reset_i) begin
      // Events are bits of EICR, what is urgent is an event, and each mode has its own.
      Event_A: assert ((ev_q & ~eicr_q[Vectors-1:0]) == '0);
      Urgent_A: assert (!msix_mode || (lli_q & ~ev_q) == '0);
      Line_A:  assert (msix_mode ? !int_q : ev_q == '0);
    end
  end
`endif

endmodule
