// SPDX-License-Identifier: Apache-2.0
// P1, and the throttle's own part of P2: the gate. How it is read and run: docs/formal.md.
//
// Everything around the throttle is free in every cycle: causes, ITR, register bus, CTRL.RST. Times
// are counted upwards from the cycle in which a rise of int_o is visible; the RTL counts the gate
// down. "In between" of P1, by the contract: the tick of an assertion closes the gate for ITR as
// visible in that tick; a later change of ITR counts from the next assertion and therefore does not
// matter, but a write of 0, and CTRL.RST, visible in any tick behind it open the gate.

module throttle_formal (
  input logic        clk_i,
  input logic        reset_i,
  input logic        pend_i,
  input logic        msi_en_i,
  input logic        msi_done_i,
  input logic [15:0] itr_i,
  input logic        csr_valid_i,
  input logic        csr_write_i,
  input logic [15:0] csr_id_i,
  input logic [31:0] csr_wdata_i
);

  localparam int unsigned OpenW  = $clog2(32'hFFFF * nic_pkg::ItrUnitCyc + 1);
  localparam int unsigned SinceW = OpenW + 1;

  logic rst_n, int_o, msi_o;

  // Merged with the signal of the instance when the design is flattened.
  (* hierconn *) wire [OpenW-1:0] \dut.open_q ;

  throttle dut (
    .clk_i,
    .rst_ni (rst_n),
    .reset_i,
    .pend_i,
    .msi_en_i,
    .msi_done_i,
    .itr_i,
    .csr_valid_i,
    .csr_write_i,
    .csr_id_i,
    .csr_wdata_i,
    .int_o,
    .msi_o
  );

  // Power-good comes behind the first cycle.
  initial rst_n = 1'b0;
  always_ff @(posedge clk_i) rst_n <= 1'b1;

  /////////////
  // Monitor //
  /////////////

  logic              int_q, msi_q; // as visible in the cycle before
  logic              pend_q, reset_q, msi_en_q, msi_done_q;
  logic [15:0]       itr_q;
  logic              free_q;       // no assertion since power-good, CTRL.RST or ITR written 0
  logic [SinceW-1:0] since_q;      // cycles since the last rise was visible, up to the widest count
  logic [OpenW-1:0]  need_q;       // ITR in the tick of that assertion, in cycles
  logic              rise, zero, open;

  assign rise = int_o && !int_q;
  assign zero = csr_valid_i && csr_write_i && csr_id_i == 16'(nic_pkg::E1000_R_ITR) &&
                csr_wdata_i[15:0] == '0;
  assign open = free_q || since_q >= SinceW'(need_q);

  always_ff @(posedge clk_i) begin
    int_q      <= int_o && rst_n;
    msi_q      <= msi_o && rst_n;
    pend_q     <= pend_i && rst_n;
    reset_q    <= reset_i || !rst_n;
    msi_en_q   <= msi_en_i;
    msi_done_q <= msi_done_i;
    itr_q      <= itr_i;
    if (!rst_n) begin
      free_q  <= 1'b1;
      since_q <= '0;
      need_q  <= '0;
    end else if (rise) begin
      free_q  <= zero || reset_i;
      since_q <= SinceW'(1);
      need_q  <= OpenW'(32'(itr_q) * nic_pkg::ItrUnitCyc);
    end else begin
      if (zero || reset_i) free_q <= 1'b1;
      if (since_q != '1) since_q <= since_q + SinceW'(1);
    end
  end

  ////////////////
  // Properties //
  ////////////////

  always_comb begin
    if (rst_n) begin
      // Two assertions are not closer than ITR.
      if (rise) begin
        P1Gap_A: assert (open);
      end
      // The first tick with an open gate and a cause waiting asserts: not one later.
      if (pend_q && !int_q && !reset_q && open) begin
        P2Now_A: assert (int_o);
      end
      // One message an assertion, and none without; it waits until it is sent.
      P4Msi_A: assert (msi_o == (!reset_q && ((rise && msi_en_q) ||
                                              (!rise && msi_q && !msi_done_q))));
    end
  end

  ////////////////
  // Invariants //
  ////////////////

  always_comb begin
    if (rst_n) begin
      if (rise) begin
        InvLoaded_A: assert (\dut.open_q == OpenW'(32'(itr_q) * nic_pkg::ItrUnitCyc));
        InvReset_A:  assert (!reset_q);
      end else if (free_q || since_q >= SinceW'(need_q)) begin
        InvOpen_A:   assert (\dut.open_q == '0);
      end else begin
        InvCounts_A: assert (SinceW'(\dut.open_q ) + since_q == SinceW'(need_q));
      end
    end
  end

  // Must be found false: these situations exist.
  always_comb begin
    if (rst_n) begin
      R1Exact_A:  assert (!(rise && !free_q && need_q != '0 && since_q == SinceW'(need_q)));
      R1Zero_A:   assert (!(rise && free_q && since_q != '0 && since_q < SinceW'(need_q)));
    end
  end

endmodule
