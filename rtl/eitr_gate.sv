// SPDX-License-Identifier: Apache-2.0
// The gate of one vector: interval, counter, low-latency credits. Part of eitr.
//
// Cycle contract: a sending or a write of cycle c acts in tick c. A gate that closes in tick c is
// open again in tick c + INTERVAL * EitrUnitCyc. Order within a tick: sending, growth, write.
// Difference in form: the C holds the gate as the cycle in which it is open again. Here us_q units
// are left, of the present one pre_q cycles behind this one: us_q = 0 is open.

module eitr_gate #(
  localparam int unsigned IntervalW = nic_82576_pkg::IGB_EITR_INTERVAL_W,
  localparam int unsigned CreditW   = nic_82576_pkg::IGB_EITR_LL_COUNTER_W,
  localparam int unsigned PreW      = $clog2(nic_82576_pkg::EitrUnitCyc)
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        reset_i, // FLR of the PF or of its VF: to the reset state in this tick

  input  logic        sent_i,  // the vector is sent in this tick, and that closes the gate
  input  logic        grow_i,  // the clock of credits
  input  logic        write_i, // of this EITR
  input  logic [31:0] wdata_i,

  output logic        open_o,
  output logic        credit_o, // a low-latency event goes through the closed gate
  output logic        poor_d_o, // behind this tick a credit is wanted; to the clock of credits
  output logic [31:0] rdata_o,  // EITR
  output logic [IntervalW+PreW-1:0] left_o // for tests: units, cycles of the present one
);

  localparam int unsigned Interval = nic_82576_pkg::IGB_EITR_INTERVAL_LSB;
  localparam int unsigned LliEn    = nic_82576_pkg::IGB_EITR_LLI_EN_LSB;
  localparam int unsigned Credit   = nic_82576_pkg::IGB_EITR_LL_COUNTER_LSB;
  localparam int unsigned Counter  = nic_82576_pkg::IGB_EITR_COUNTER_LSB;
  localparam int unsigned CounterW = nic_82576_pkg::IGB_EITR_COUNTER_W;
  localparam int unsigned CntIgnr  = nic_82576_pkg::IGB_EITR_CNT_IGNR_LSB;

  localparam logic [PreW-1:0]    PreFull   = PreW'(nic_82576_pkg::EitrUnitCyc - 1);
  // A load: the tick that loads is the first of the unit.
  localparam logic [PreW-1:0]    PreLoad   = PreW'(nic_82576_pkg::EitrUnitCyc - 2);
  localparam logic [CreditW-1:0] CreditMax = CreditW'(nic_82576_pkg::LliCreditsMax);

  logic [IntervalW-1:0] interval_d, interval_q;
  logic                 lli_en_d, lli_en_q;
  logic [CreditW-1:0]   credit_d, credit_q;
  logic [IntervalW-1:0] us_d, us_q;
  logic [PreW-1:0]      pre_d, pre_q;

  ////////////////////////
  // Outputs from state //
  ////////////////////////

  assign open_o   = us_q == '0;
  assign credit_o = !lli_en_q || credit_q != '0;
  assign left_o   = {us_q, pre_q};

  always_comb begin
    rdata_o = '0;
    rdata_o[Interval +: IntervalW] = interval_q;
    rdata_o[LliEn]                 = lli_en_q;
    rdata_o[Credit +: CreditW]     = credit_q;
    rdata_o[Counter +: CounterW]   = us_q[IntervalW-1 -: CounterW];
  end

  ////////////////
  // Next state //
  ////////////////

  logic [CreditW-1:0] kept; // credits behind the sending

  assign poor_d_o = lli_en_d && credit_d != CreditMax && !reset_i;

  always_comb begin
    interval_d = interval_q;
    lli_en_d   = lli_en_q;

    // the counter
    us_d  = us_q;
    pre_d = pre_q - PreW'(1);
    if (us_q == '0) begin
      pre_d = '0;
    end else if (pre_q == '0) begin
      us_d  = us_q - IntervalW'(1);
      pre_d = us_q == IntervalW'(1) ? '0 : PreFull;
    end

    // 1. sending
    kept = credit_q;
    if (sent_i) begin
      us_d  = interval_q;
      pre_d = interval_q == '0 ? '0 : PreLoad;
      if (lli_en_q && us_q != '0) kept = credit_q - CreditW'(1);
    end

    // 2. growth
    credit_d = kept;
    if (grow_i && lli_en_q && kept != CreditMax) credit_d = kept + CreditW'(1);

    // 3. write
    if (write_i) begin
      interval_d = wdata_i[Interval +: IntervalW];
      lli_en_d   = wdata_i[LliEn];
      if (!wdata_i[CntIgnr]) begin
        credit_d = wdata_i[Credit +: CreditW];
        us_d     = {wdata_i[Counter +: CounterW], {(IntervalW - CounterW){1'b0}}};
        pre_d    = wdata_i[Counter +: CounterW] == '0 ? '0 : PreLoad;
      end
    end
  end

  logic unused_wdata;
  assign unused_wdata = ^wdata_i[Interval-1:0];

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      interval_q <= '0;
      lli_en_q   <= 1'b0;
      credit_q   <= '0;
      us_q       <= '0;
      pre_q      <= '0;
    end else if (reset_i) begin
      interval_q <= '0;
      lli_en_q   <= 1'b0;
      credit_q   <= '0;
      us_q       <= '0;
      pre_q      <= '0;
    end else begin
      interval_q <= interval_d;
      lli_en_q   <= lli_en_d;
      credit_q   <= credit_d;
      us_q       <= us_d;
      pre_q      <= pre_d;
    end
  end

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && !reset_i) begin
      // What goes through a closed gate has a credit, where it needs one.
      Paid_A: assert (!(sent_i && !open_o) || credit_o);
    end
  end
`endif

endmodule
