// SPDX-License-Identifier: Apache-2.0
// P13: the gate of a vector and its credits. How it is read and run: docs/formal.md.
//
// Around the gate everything is free: whether the vector wants to be sent, whether that is urgent,
// writes of EITR, growth of credits, FLR. It is sent as the contract has it: through an open gate,
// or urgently with a credit. Times are counted upwards from the tick that loaded the gate, which is
// a sending or a write of COUNTER; the RTL counts down, in units.

module eitr_gate_formal (
  input logic        clk_i,
  input logic        reset_i,
  input logic        want_i,
  input logic        lli_i,
  input logic        grow_i,
  input logic        write_i,
  input logic [31:0] wdata_i
);

  localparam int unsigned U     = nic_82576_pkg::EitrUnitCyc;
  localparam int unsigned NeedW = $clog2(8192 * U) + 1;

  logic        rst_n, open, credit, sent;
  logic [31:0] value;

  // Merged with the signals of the instance when the design is flattened.
  (* hierconn *) wire [12:0]            \dut.us_q ;
  (* hierconn *) wire [$clog2(U)-1:0]   \dut.pre_q ;

  assign sent = want_i && (open || (lli_i && credit));

  eitr_gate dut (
    .clk_i,
    .rst_ni   (rst_n),
    .reset_i,
    .sent_i   (sent),
    .grow_i,
    .write_i,
    .wdata_i,
    .open_o   (open),
    .credit_o (credit),
    .poor_d_o (),
    .rdata_o  (value),
    .left_o   ()
  );

  // Power-good comes behind the first cycle.
  initial rst_n = 1'b0;
  always_ff @(posedge clk_i) rst_n <= 1'b1;

  /////////////
  // Monitor //
  /////////////

  logic             counters;   // they are written
  logic [NeedW-1:0] need_q;     // cycles that the gate is closed for
  logic [NeedW-1:0] since_q;    // cycles since the tick of the load, up to need_q
  logic             by_q;       // loaded by a sending
  logic             low;        // sent through the closed gate
  logic [12:0]      interval_q; // as software wrote it
  logic             lli_en_q;
  logic [4:0]       credits_q;  // as the contract has it

  assign counters = write_i && !wdata_i[31];
  assign low      = sent && !open;

  always_ff @(posedge clk_i) begin
    if (!rst_n || reset_i) begin
      need_q     <= '0;
      since_q    <= '0;
      by_q       <= 1'b0;
      interval_q <= '0;
      lli_en_q   <= 1'b0;
      credits_q  <= '0;
    end else begin
      if (write_i) begin
        interval_q <= wdata_i[14:2];
        lli_en_q   <= wdata_i[15];
      end
      if (counters) begin
        need_q  <= NeedW'(wdata_i[30:21]) * NeedW'(8 * U);
        since_q <= wdata_i[30:21] == '0 ? '0 : NeedW'(1);
        by_q    <= 1'b0;
      end else if (sent) begin
        need_q  <= NeedW'(interval_q) * NeedW'(U);
        since_q <= interval_q == '0 ? '0 : NeedW'(1);
        by_q    <= 1'b1;
      end else if (since_q != need_q) begin
        since_q <= since_q + NeedW'(1);
      end
      if (counters) credits_q <= wdata_i[20:16];
      else if (!(low && lli_en_q && grow_i)) begin
        if (low && lli_en_q) credits_q <= credits_q - 5'd1;
        else if (grow_i && lli_en_q && credits_q != 5'd31) credits_q <= credits_q + 5'd1;
      end
    end
  end

  ////////////////
  // Properties //
  ////////////////

  always_comb begin
    if (rst_n) begin
      // Not closer than INTERVAL of the sending before, but for an urgent event; and not a cycle
      // later.
      if (sent && by_q && !lli_i) begin
        P13Gap_A: assert (since_q == need_q);
      end
      P13Open_A: assert (open == (since_q == need_q));
      // An urgent one passes, with LLI_EN as often as it has got credits.
      if (want_i && lli_i && (!lli_en_q || credits_q != '0)) begin
        P13Low_A: assert (sent);
      end
      if (low && lli_en_q) begin
        P13Paid_A: assert (credits_q != '0);
      end
      // What software reads.
      P13Read_A: assert (value[20:0] == {credits_q, lli_en_q, interval_q, 2'b00} && !value[31]);
    end
  end

  ////////////////
  // Invariants //
  ////////////////

  always_comb begin
    if (rst_n) begin
      InvSince_A: assert (since_q <= need_q);
      InvPre_A:   assert (32'(\dut.pre_q ) < U);
      if (\dut.us_q == '0) begin
        InvOpen_A: assert (since_q == need_q && \dut.pre_q == '0);
      end else begin
        InvLeft_A: assert (NeedW'(\dut.us_q ) * NeedW'(U) + since_q + NeedW'(\dut.pre_q ) ==
                           need_q + NeedW'(U - 1));
        InvMax_A:  assert (NeedW'(\dut.us_q ) * NeedW'(U) < need_q + NeedW'(U));
      end
      InvNeed_A: assert (need_q <= NeedW'(8191 * U));
    end
  end

  // Must be found false: these situations exist.
  always_comb begin
    if (rst_n) begin
      R13Exact_A: assert (!(sent && by_q && need_q != '0 && since_q == need_q));
      R13Low_A:   assert (!(low && lli_en_q && grow_i));
    end
  end

endmodule
