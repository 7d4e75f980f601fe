// SPDX-License-Identifier: Apache-2.0
// Statistics of the 82576: the counters of the 82540EM (stats) for the registers that are at the
// same offsets, and those of queues, of VFs and of the host. Twin of model/stats_82576.c, whose
// header says what counts as what.
//
// Cycle contract: an event or a read visible in cycle c acts in tick c, the new values are visible
// in c+1. A read returns the value as of cycle c and clears first: the events of the same tick
// count behind the clear. In the tick of a PF reset nothing counts; counters of VFs stay.
// vf_clear_i is behind everything else, in a reset too.
// Known differences: none.

module stats_82576 #(
  localparam int unsigned Vfs     = nic_82576_pkg::Vfs,
  localparam int unsigned Queues  = nic_82576_pkg::Queues,
  localparam int unsigned QueueW  = $clog2(Queues),
  localparam int unsigned Vectors = nic_82576_pkg::Vectors,
  localparam int unsigned LenW    = $clog2(nic_pkg::FrameMax + 1),
  localparam int unsigned FlagsW  = nic_pkg::STATS_W
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               reset_i,    // CTRL.RST or FLR of the PF: in this tick
  input  logic [Vfs-1:0]     vf_clear_i, // FLR of VF n, vf_start: its counters to 0 in this tick
  input  logic [Vfs-1:0]     there_i,    // VF n is there; of one with an event: when it came about

  // register bus, and to regs_82576 (reads) the value of that register, 0 if it is none of these
  input  logic               csr_valid_i,
  input  logic               csr_write_i,
  input  logic [15:0]        csr_id_i,
  input  logic [15:0]        csr_index_i,
  output logic [31:0]        rdata_o,

  // from mac_rx_82576 and mac_tx, as stats takes them
  input  logic               rx_valid_i,
  input  logic [LenW-1:0]    rx_len_i,
  input  logic [FlagsW-1:0]  rx_flags_i,
  input  logic               tx_valid_i,
  input  logic [LenW-1:0]    tx_len_i,
  input  logic [FlagsW-1:0]  tx_flags_i,

  // from rx_dma_82576: a frame waits for a descriptor; one is dropped for a queue
  input  logic               rnbc_i,
  input  logic               drop_i,
  input  logic [QueueW-1:0]  drop_queue_i,

  // from rx_dma_82576: a frame is delivered to a queue
  input  logic               host_rx_valid_i,
  input  logic [QueueW-1:0]  host_rx_queue_i,
  input  logic [15:0]        host_rx_len_i,   // with FCS
  input  logic               host_rx_mcast_i, // group address, but not broadcast
  input  logic               host_rx_loop_i,  // from the switch

  // from l2_switch: a frame of a queue is decided upon
  input  logic               host_tx_valid_i,
  input  logic [QueueW-1:0]  host_tx_queue_i,
  input  logic [15:0]        host_tx_len_i,   // with FCS
  input  logic               host_tx_wire_i,  // it goes to the wire,
  input  logic               host_tx_loop_i,  // to queues

  // from tx_dma: a segmentation context was used up, or failed
  input  logic               tsc_i,
  input  logic               tsc_bad_i,

  // from irq_82576: vectors that are sent in this tick
  input  logic [Vectors-1:0] sent_i
);

  localparam int unsigned VfW   = $clog2(Vfs);
  localparam int unsigned SentW = $clog2(Vectors + 1);

  // Counters of VFs: a row is one of all VFs, in the order of the registers.
  localparam int unsigned Gprc   = 0;
  localparam int unsigned Gptc   = 1;
  localparam int unsigned Gorc   = 2;
  localparam int unsigned Gotc   = 3;
  localparam int unsigned Mprc   = 4;
  localparam int unsigned Gprlbc = 5;
  localparam int unsigned Gptlbc = 6;
  localparam int unsigned Gorlbc = 7;
  localparam int unsigned Gotlbc = 8;
  localparam int unsigned Rows   = 9;

  logic [32*Queues-1:0]   rqdpc_d, rqdpc_q;
  logic [31:0]            iac_d, iac_q;
  logic [31:0]            rpthc_d, rpthc_q;
  logic [31:0]            hgptc_d, hgptc_q;
  logic [63:0]            hgorc_d, hgorc_q;
  logic [63:0]            hgotc_d, hgotc_q;
  logic [32*Vfs*Rows-1:0] vf_d, vf_q;

  /////////////////////////////
  // Counters of the 82540EM //
  /////////////////////////////

  // Its numbers go up with the offsets as those here do, but for CBTMPC, which it does not have.
  logic        in_core;
  logic [15:0] core_id;
  logic [31:0] core_rdata;

  assign in_core = csr_id_i >= 16'(nic_82576_pkg::IGB_R_CRCERRS) &&
                   csr_id_i <= 16'(nic_82576_pkg::IGB_R_TSCTFC) &&
                   csr_id_i != 16'(nic_82576_pkg::IGB_R_CBTMPC);
  assign core_id = csr_id_i - 16'(nic_82576_pkg::IGB_R_CRCERRS) +
                   16'(nic_pkg::E1000_R_CRCERRS) -
                   16'(csr_id_i > 16'(nic_82576_pkg::IGB_R_CBTMPC));

  stats u_core (
    .clk_i,
    .rst_ni,
    .reset_i,
    .csr_valid_i (csr_valid_i && in_core),
    .csr_write_i,
    .csr_id_i    (core_id),
    .rdata_o     (core_rdata),
    .rx_valid_i,
    .rx_len_i,
    .rx_flags_i,
    .tx_valid_i,
    .tx_len_i,
    .tx_flags_i,
    .rnbc_i,
    .tsc_i,
    .tsc_bad_i
  );

  //////////
  // Read //
  //////////

  logic              read;   // of the register bus
  logic [QueueW-1:0] queue;  // of the access
  logic [VfW-1:0]    vf;
  logic              is_vf;  // a counter of VFs
  logic [3:0]        row;

  assign read  = csr_valid_i && !csr_write_i;
  assign queue = csr_index_i[QueueW-1:0];
  assign vf    = csr_index_i[VfW-1:0];

  always_comb begin
    is_vf = 1'b1;
    row   = '0;
    case (csr_id_i)
      16'(nic_82576_pkg::IGB_R_VFGPRC):   row = 4'(Gprc);
      16'(nic_82576_pkg::IGB_R_VFGPTC):   row = 4'(Gptc);
      16'(nic_82576_pkg::IGB_R_VFGORC):   row = 4'(Gorc);
      16'(nic_82576_pkg::IGB_R_VFGOTC):   row = 4'(Gotc);
      16'(nic_82576_pkg::IGB_R_VFMPRC):   row = 4'(Mprc);
      16'(nic_82576_pkg::IGB_R_VFGPRLBC): row = 4'(Gprlbc);
      16'(nic_82576_pkg::IGB_R_VFGPTLBC): row = 4'(Gptlbc);
      16'(nic_82576_pkg::IGB_R_VFGORLBC): row = 4'(Gorlbc);
      16'(nic_82576_pkg::IGB_R_VFGOTLBC): row = 4'(Gotlbc);
      default:                            is_vf = 1'b0;
    endcase

    rdata_o = '0;
    case (csr_id_i)
      16'(nic_82576_pkg::IGB_R_RQDPC):  rdata_o = rqdpc_q[32*queue +: 32];
      16'(nic_82576_pkg::IGB_R_IAC):    rdata_o = iac_q;
      16'(nic_82576_pkg::IGB_R_RPTHC):  rdata_o = rpthc_q;
      16'(nic_82576_pkg::IGB_R_HGPTC):  rdata_o = hgptc_q;
      16'(nic_82576_pkg::IGB_R_HGORCL): rdata_o = hgorc_q[31:0];
      16'(nic_82576_pkg::IGB_R_HGORCH): rdata_o = hgorc_q[63:32];
      16'(nic_82576_pkg::IGB_R_HGOTCL): rdata_o = hgotc_q[31:0];
      16'(nic_82576_pkg::IGB_R_HGOTCH): rdata_o = hgotc_q[63:32];
      default: begin
        if (in_core) rdata_o = core_rdata;
        if (is_vf) rdata_o = vf_q[32*({row, vf}) +: 32];
      end
    endcase
  end

  ////////////////
  // Next state //
  ////////////////

  // Sums that stick at all ones.
  function automatic logic [31:0] add(input logic [31:0] count, input logic [SentW-1:0] n);
    logic [32:0] s;
    s   = 33'(count) + 33'(n);
    add = s[32] ? '1 : s[31:0];
  endfunction

  function automatic logic [63:0] add64(input logic [63:0] count, input logic [15:0] n);
    logic [64:0] s;
    s     = 65'(count) + 65'(n);
    add64 = s[64] ? '1 : s[63:0];
  endfunction

  function automatic logic [SentW-1:0] ones(input logic [Vectors-1:0] set);
    ones = '0;
    for (int unsigned k = 0; k < Vectors; k++) ones = ones + SentW'(set[k]);
  endfunction

  logic to_wire;

  assign to_wire = host_tx_valid_i && host_tx_wire_i;

  always_comb begin
    rqdpc_d = rqdpc_q;
    iac_d   = iac_q;
    rpthc_d = rpthc_q;
    hgptc_d = hgptc_q;
    hgorc_d = hgorc_q;
    hgotc_d = hgotc_q;

    // 1. the read
    if (read) begin
      case (csr_id_i)
        16'(nic_82576_pkg::IGB_R_RQDPC):  rqdpc_d[32*queue +: 32] = '0;
        16'(nic_82576_pkg::IGB_R_IAC):    iac_d = '0;
        16'(nic_82576_pkg::IGB_R_RPTHC):  rpthc_d = '0;
        16'(nic_82576_pkg::IGB_R_HGPTC):  hgptc_d = '0;
        16'(nic_82576_pkg::IGB_R_HGORCH): hgorc_d = '0;
        16'(nic_82576_pkg::IGB_R_HGOTCH): hgotc_d = '0;
        default: ;
      endcase
    end

    // 2. events
    if (drop_i) rqdpc_d[32*drop_queue_i +: 32] = add(rqdpc_d[32*drop_queue_i +: 32], SentW'(1));
    iac_d = add(iac_d, ones(sent_i));
    if (host_rx_valid_i) begin
      rpthc_d = add(rpthc_d, SentW'(1));
      hgorc_d = add64(hgorc_d, host_rx_len_i);
    end
    if (to_wire) begin
      hgptc_d = add(hgptc_d, SentW'(1));
      hgotc_d = add64(hgotc_d, host_tx_len_i);
    end

    // 3. a reset
    if (reset_i) begin
      rqdpc_d = '0;
      iac_d   = '0;
      rpthc_d = '0;
      hgptc_d = '0;
      hgorc_d = '0;
      hgotc_d = '0;
    end

    // 4. VFs that are as new: of their queues
    for (int unsigned q = 0; q < Queues; q++) begin
      if (vf_clear_i[q % Vfs]) rqdpc_d[32*q +: 32] = '0;
    end
  end

  // Of VFs: what each row gets, for the VF of one of the two events.
  logic [VfW-1:0]     rx_vf, tx_vf;
  logic               rx_on, tx_on, tx_loop;
  logic [16*Rows-1:0] gets;
  logic [VfW*Rows-1:0] who;

  assign rx_vf   = host_rx_queue_i[VfW-1:0];
  assign tx_vf   = host_tx_queue_i[VfW-1:0];
  assign rx_on   = host_rx_valid_i && there_i[rx_vf] && !reset_i;
  assign tx_on   = host_tx_valid_i && there_i[tx_vf] && !reset_i;
  assign tx_loop = tx_on && host_tx_loop_i;

  // The pool is all that counts of a queue.
  logic unused;
  assign unused = ^{csr_index_i[15:QueueW], host_rx_queue_i[QueueW-1:VfW],
                    host_tx_queue_i[QueueW-1:VfW]};

  always_comb begin
    gets = '0;
    who  = {Rows{rx_vf}};
    who[VfW*Gptc +: VfW]   = tx_vf;
    who[VfW*Gotc +: VfW]   = tx_vf;
    who[VfW*Gptlbc +: VfW] = tx_vf;
    who[VfW*Gotlbc +: VfW] = tx_vf;
    if (rx_on && !host_rx_loop_i) begin
      gets[16*Gprc +: 16] = 16'd1;
      gets[16*Gorc +: 16] = host_rx_len_i;
    end
    if (rx_on && host_rx_loop_i) begin
      gets[16*Gprlbc +: 16] = 16'd1;
      gets[16*Gorlbc +: 16] = host_rx_len_i;
    end
    if (rx_on && host_rx_mcast_i) gets[16*Mprc +: 16] = 16'd1;
    if (tx_on && host_tx_wire_i) begin
      gets[16*Gptc +: 16] = 16'd1;
      gets[16*Gotc +: 16] = host_tx_len_i;
    end
    if (tx_loop) begin
      gets[16*Gptlbc +: 16] = 16'd1;
      gets[16*Gotlbc +: 16] = host_tx_len_i;
    end

    vf_d = vf_q;
    if (rx_on || tx_on || vf_clear_i != '0) begin
      for (int unsigned k = 0; k < Rows; k++) begin
        for (int unsigned n = 0; n < Vfs; n++) begin
          if (who[VfW*k +: VfW] == VfW'(n)) begin
            vf_d[32*(Vfs*k+n) +: 32] = vf_q[32*(Vfs*k+n) +: 32] + 32'(gets[16*k +: 16]);
          end
          if (vf_clear_i[n]) vf_d[32*(Vfs*k+n) +: 32] = '0;
        end
      end
    end
  end

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      rqdpc_q <= '0;
      iac_q   <= '0;
      rpthc_q <= '0;
      hgptc_q <= '0;
      hgorc_q <= '0;
      hgotc_q <= '0;
      vf_q    <= '0;
    end else begin
      rqdpc_q <= rqdpc_d;
      iac_q   <= iac_d;
      rpthc_q <= rpthc_d;
      hgptc_q <= hgptc_d;
      hgorc_q <= hgorc_d;
      hgotc_q <= hgotc_d;
      vf_q    <= vf_d;
    end
  end

endmodule
