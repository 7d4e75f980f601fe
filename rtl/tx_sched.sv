// SPDX-License-Identifier: Apache-2.0
// Whose packet is sent next (82576): deficit round robin over the pools, and in a pool the queue
// that was not served last. Twin of model/tx_sched.c.
//
// Cycle contract: docs/cycle-contract-82576.md, "Transmit path". Outputs are flops: the EOP of a
// packet is taken in tick c, shows in pkts_i in c+1, and the next choice is visible in c+2.
// Known differences: none. Packets are counted modulo 2: one is chosen at most that is not taken.
module tx_sched #(
  localparam int unsigned Queues = nic_82576_pkg::Queues,
  localparam int unsigned Pools = nic_82576_pkg::Pools
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic                      reset_i,     // PF reset: to the reset state in this tick
  input  logic                      en_i,        // TCTL.EN
  input  logic [Queues-1:0]         ready_i,     // it has a whole packet or a malformed one, and may send it
  input  logic [Queues-1:0]         malformed_i, // of them
  // tx_dma
  input  logic                      pkts_i,      // packets taken (free running)
  input  logic [25:0]               cost_i,      // bytes of the last of them
  output logic                      granted_o,   // packets chosen (free running)
  output logic [$clog2(Queues)-1:0] queue_o,     // the last one is of this queue
  output logic                      drain_o,     // and malformed
  output logic                      busy_o       // a choice is due, or a packet has to be paid for
);

  localparam int unsigned PoolW = $clog2(Pools);
  // A deficit: above 0 when its pool is chosen, and a packet is DescCache descriptors of 65535 bytes,
  // and in the worst case a header of TsoHeaderMax for each byte of PAYLEN.
  localparam int unsigned W = 27;
  localparam logic [W-1:0] Quantum = W'(nic_82576_pkg::TxQuantum);

  logic [W*Pools-1:0] deficit_d, deficit_q;
  logic               granted_d, granted_q, busy_d, busy_q, drain_d, drain_q;
  logic [PoolW-1:0]   pool_d, pool_q;
  logic               high_d, high_q;   // the queue chosen last is the upper one of its pool
  logic [Pools-1:0]   upper_d, upper_q; // it is the turn of the upper one

  /////////////////////////////////////////////
  // The last packet is paid for; who is in? //
  /////////////////////////////////////////////

  logic                due;
  logic [W*Pools-1:0]  paid;
  logic [Pools-1:0]    pools, more, of, behind;

  assign due = pkts_i == granted_q;

  always_comb begin
    paid = deficit_q;
    if (due && busy_q) paid[W*pool_q+:W] = deficit_q[W*pool_q+:W] - W'(cost_i);

    pools = ready_i[Pools-1:0] | ready_i[Queues-1:Pools];
    for (int unsigned p = 0; p < Pools; p++) begin
      more[p] = !paid[W*p+W-1] && paid[W*p+:W] != '0;
    end
    of = pools & more;
    behind = of & ('1 << pool_q); // the one chosen last, and those behind it
  end

  ////////////////
  // The choice //
  ////////////////

  logic             choice, low_ready, high_ready, high;
  logic [PoolW-1:0] pool;

  always_comb begin
    pool = '0;
    for (int i = Pools - 1; i >= 0; i--) begin
      if (behind != '0 ? behind[i] : of[i]) pool = PoolW'(i);
    end
    low_ready = ready_i[{1'b0, pool}];
    high_ready = ready_i[{1'b1, pool}];
    high = upper_q[pool] ? high_ready : !low_ready;
    choice = due && en_i && of != '0;
  end

  ////////////////
  // Next state //
  ////////////////

  always_comb begin
    deficit_d = paid;
    for (int unsigned p = 0; p < Pools; p++) begin
      if (due && pools[p] && of == '0) deficit_d[W*p+:W] = paid[W*p+:W] + Quantum;
      if ((due && !pools[p]) || !en_i) deficit_d[W*p+:W] = '0;
    end
    granted_d = choice ? !granted_q : granted_q;
    busy_d = choice || (busy_q && !due);
    drain_d = choice ? malformed_i[{high, pool}] : drain_q;
    pool_d = choice ? pool : pool_q;
    high_d = choice ? high : high_q;
    upper_d = upper_q;
    if (choice) upper_d[pool] = !high;
    if (reset_i) begin // pool and turns stay
      deficit_d = '0;
      granted_d = 1'b0;
      busy_d = 1'b0;
      drain_d = 1'b0;
      pool_d = pool_q;
      high_d = 1'b0;
      upper_d = upper_q;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      deficit_q <= '0;
      granted_q <= 1'b0;
      busy_q <= 1'b0;
      drain_q <= 1'b0;
      pool_q <= '0;
      high_q <= 1'b0;
      upper_q <= '0;
    end else begin
      deficit_q <= deficit_d;
      granted_q <= granted_d;
      busy_q <= busy_d;
      drain_q <= drain_d;
      pool_q <= pool_d;
      high_q <= high_d;
      upper_q <= upper_d;
    end
  end

  assign granted_o = granted_q;
  assign queue_o = {high_q, pool_q};
  assign drain_o = drain_q;
  assign busy_o = due && (busy_q || ready_i != '0);

endmodule
