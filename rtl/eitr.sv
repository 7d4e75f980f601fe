// SPDX-License-Identifier: Apache-2.0
// EITR of the 82576: a gate and low-latency credits for each vector, and the clock of credits. Twin
// of model/eitr.c.
//
// Cycle contract (docs/cycle-contract-82576.md, Moderation): gates and credits are state;
// irq_82576 decides with them what is sent in tick c, and that acts here in tick c. A gate that
// closes in tick c is open again in tick c + INTERVAL * EitrUnitCyc. Order within a tick: sending,
// clock of credits, register write, resets of VFs.
// Difference in form: the C holds gates and the clock as the cycles in which they are open and
// strike. The clock counts down here: in cycle n it is credit_cyc - n + 1, 1 strikes in this tick,
// 0 stands. The gates: eitr_gate.
// Known differences: none.

module eitr #(
  localparam int unsigned Vectors = nic_82576_pkg::Vectors,
  localparam int unsigned LlW     = nic_82576_pkg::IGB_GPIE_LL_INTERVAL_W
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               reset_i,    // FLR of the PF: to the reset state in this tick
  input  logic [Vectors-1:0] clear_i,    // these vectors likewise: FLR of their VF, vf_start
  input  logic               ctrl_rst_i, // CTRL.RST: what is sent in this tick closes no gate

  // from irq_82576: sent in this tick; GPIE.LL_INTERVAL, LliUnitCyc units, 0 = no credits
  input  logic [Vectors-1:0] sent_i,
  input  logic [LlW-1:0]     ll_interval_i,

  // register bus, and to regs (reads) the value of EITR[csr_index_i], 0 for another csr_id_i
  input  logic               csr_valid_i,
  input  logic               csr_write_i,
  input  logic [15:0]        csr_id_i,
  input  logic [15:0]        csr_index_i,
  input  logic [31:0]        csr_wdata_i,
  output logic [31:0]        rdata_o,

  // to irq_82576: gates that are open, and those that a low-latency event need not wait for
  output logic [Vectors-1:0] open_o,
  output logic [Vectors-1:0] credit_o
);

  localparam int unsigned CreditW =
      $clog2(((1 << LlW) - 1) * nic_82576_pkg::LliUnitCyc + 1);

  localparam int unsigned LeftW = nic_82576_pkg::IGB_EITR_INTERVAL_W +
                                  $clog2(nic_82576_pkg::EitrUnitCyc);

  logic [CreditW-1:0] credit_d, credit_q; // the clock

  ///////////
  // Gates //
  ///////////

  logic                  mine;  // csr_id_i is EITR
  logic                  write;
  logic                  grow;
  logic [Vectors-1:0]    poor_d;
  logic [32*Vectors-1:0] value;
  logic [LeftW*Vectors-1:0] left; // for tests

  assign mine  = csr_id_i == 16'(nic_82576_pkg::IGB_R_EITR);
  assign write = csr_valid_i && csr_write_i && mine;

  for (genvar k = 0; k < Vectors; k++) begin : gen_gate
    eitr_gate u_gate (
      .clk_i,
      .rst_ni,
      .reset_i  (reset_i || clear_i[k]),
      .sent_i   (sent_i[k] && !ctrl_rst_i),
      .grow_i   (grow),
      .write_i  (write && csr_index_i == 16'(k)),
      .wdata_i  (csr_wdata_i),
      .open_o   (open_o[k]),
      .credit_o (credit_o[k]),
      .poor_d_o (poor_d[k]),
      .rdata_o  (value[32*k +: 32]),
      .left_o   (left[LeftW*k +: LeftW])
    );
  end

  always_comb begin
    rdata_o = '0;
    for (int unsigned k = 0; k < Vectors; k++) begin
      if (mine && csr_index_i == 16'(k)) rdata_o = value[32*k +: 32];
    end
  end

  //////////////////////
  // Clock of credits //
  //////////////////////

  assign grow = credit_q == CreditW'(1) && ll_interval_i != '0;

  always_comb begin
    credit_d = credit_q - CreditW'(1);
    if (ll_interval_i == '0 || poor_d == '0) begin
      credit_d = '0;
    end else if (credit_q <= CreditW'(1)) begin
      credit_d = CreditW'(32'(ll_interval_i) * nic_82576_pkg::LliUnitCyc);
    end
  end

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      credit_q <= '0;
    end else if (reset_i) begin
      credit_q <= '0;
    end else begin
      credit_q <= credit_d;
    end
  end

endmodule
