// SPDX-License-Identifier: Apache-2.0
// P2 and P4: irq and throttle as they are wired, from cause pulse and register bus to the line. How
// it is read and run: docs/formal.md.
//
// All inputs are free in every cycle. P2 is about one cause, which the solver chooses.

module interrupt_formal #(
  localparam int unsigned CauseW = nic_pkg::E1000_ICR_SRPD_LSB + 1
) (
  input logic              clk_i,
  input logic              reset_i,
  input logic [CauseW-1:0] set_i,
  input logic              msi_en_i,
  input logic              msi_done_i,
  input logic [15:0]       itr_i,
  input logic              csr_valid_i,
  input logic              csr_write_i,
  input logic [15:0]       csr_id_i,
  input logic [31:0]       csr_wdata_i
);

  localparam int unsigned OpenW  = $clog2(32'hFFFF * nic_pkg::ItrUnitCyc + 1);
  localparam int unsigned SinceW = OpenW + 1;

  logic              rst_n, pend, int_o, msi_o;
  logic [CauseW-1:0] icr_o, ims_o;

  // Merged with the signal of the instance when the design is flattened.
  (* hierconn *) wire [OpenW-1:0] \u_throttle.open_q ;

  irq u_irq (
    .clk_i,
    .rst_ni (rst_n),
    .reset_i,
    .set_i,
    .csr_valid_i,
    .csr_write_i,
    .csr_id_i,
    .csr_wdata_i,
    .icr_o,
    .ims_o,
    .pend_o (pend)
  );

  throttle u_throttle (
    .clk_i,
    .rst_ni (rst_n),
    .reset_i,
    .pend_i (pend),
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

  (* anyconst *) logic [4:0] k; // a cause, all others are free

  // Causes and masks as software and the hardware made them, without looking at irq's outputs.
  logic              write, read_icr, zero, mask_all;
  logic [CauseW-1:0] w, pulse, paid;
  logic [CauseW-1:0] owed_q, mask_q;

  assign w        = csr_wdata_i[CauseW-1:0];
  assign write    = csr_valid_i && csr_write_i;
  assign read_icr = csr_valid_i && !csr_write_i && csr_id_i == 16'(nic_pkg::E1000_R_ICR);
  assign pulse    = set_i | (write && csr_id_i == 16'(nic_pkg::E1000_R_ICS) ? w : '0);
  assign paid     = read_icr ? '1 : write && csr_id_i == 16'(nic_pkg::E1000_R_ICR) ? w : '0;
  assign zero     = write && csr_id_i == 16'(nic_pkg::E1000_R_ITR) && csr_wdata_i[15:0] == '0;
  assign mask_all = write && csr_id_i == 16'(nic_pkg::E1000_R_IMC) && w == '1;

  logic              int_q;     // as visible in the cycle before
  logic              reset_q, off_q, off_q2, any_q;
  logic [15:0]       itr_q;
  logic              free_q;    // no assertion since power-good, CTRL.RST or ITR written 0
  logic [SinceW-1:0] since_q;   // cycles since the last rise was visible, up to the widest count
  logic [OpenW-1:0]  need_q;    // ITR in the tick of that assertion, in cycles
  logic [OpenW-1:0]  wait_q;    // cycles before this one in which cause k was set and unmasked
  logic              rise, live;

  assign rise = int_o && !int_q;
  assign live = k < 5'(CauseW) && owed_q[k] && mask_q[k];

  always_ff @(posedge clk_i) begin
    int_q   <= int_o && rst_n;
    any_q   <= rst_n && (owed_q & mask_q) != '0;
    reset_q <= reset_i || !rst_n;
    itr_q   <= itr_i;
    // Nothing is left to report after this access: all masked, all read and none new, or CTRL.RST.
    off_q   <= !rst_n || reset_i || mask_all || (read_icr && pulse == '0);
    off_q2  <= off_q || !rst_n;
    if (!rst_n || reset_i) begin
      owed_q <= '0;
      mask_q <= '0;
    end else begin
      owed_q <= (owed_q & ~paid) | pulse;
      if (write && csr_id_i == 16'(nic_pkg::E1000_R_IMS)) mask_q <= mask_q | w;
      if (write && csr_id_i == 16'(nic_pkg::E1000_R_IMC)) mask_q <= mask_q & ~w;
    end
    if (!rst_n || !live) wait_q <= '0;
    else if (wait_q != '1) wait_q <= wait_q + OpenW'(1);
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

  // wait_q + 1 cycles ago the last of pulse and unmasking was visible.
  always_comb begin
    if (rst_n) begin
      // Gate open: the line is up 2 cycles behind the pulse.
      if (live && wait_q >= OpenW'(1) && (free_q || since_q > SinceW'(need_q))) begin
        P2Open_A: assert (int_o);
      end
      // Gate closed: ITR cycles behind the pulse, or 2 when that is more.
      if (live && wait_q >= OpenW'(1) && SinceW'(wait_q) + SinceW'(1) >= SinceW'(need_q)) begin
        P2Closed_A: assert (int_o);
      end
      // Not up without a cause in the cycle before: the line does not rise, and it does not stick.
      P4Cause_A: assert (!int_o || any_q);
      // The same in accesses: 2 cycles behind it is low.
      if (off_q2) begin
        P4Off_A: assert (!int_o);
      end
      if (reset_q) begin
        P4Reset_A: assert (!int_o);
      end
      // It does not fall as long as there is one.
      if (int_q && any_q && !reset_q) begin
        P4Stays_A: assert (int_o);
      end
    end
  end

  ////////////////
  // Invariants //
  ////////////////

  always_comb begin
    if (rst_n) begin
      InvIcr_A: assert (icr_o == owed_q);
      InvIms_A: assert (ims_o == mask_q);
      if (rise) begin
        InvLoaded_A: assert (\u_throttle.open_q == OpenW'(32'(itr_q) * nic_pkg::ItrUnitCyc));
      end else if (free_q || since_q >= SinceW'(need_q)) begin
        InvOpen_A:   assert (\u_throttle.open_q == '0);
      end else begin
        InvCounts_A: assert (SinceW'(\u_throttle.open_q ) + since_q == SinceW'(need_q));
      end
      // The line had to fall before this wait began.
      if (live && !int_o && !free_q) begin
        InvWaits_A: assert (since_q > SinceW'(wait_q));
      end
      if (int_o) begin
        InvReset_A: assert (!reset_q);
      end
      InvSince_A: assert (free_q || since_q != '0);
      if (off_q) begin
        InvOff_A: assert ((owed_q & mask_q) == '0);
      end
    end
  end

  // Must be found false: these situations exist.
  always_comb begin
    if (rst_n) begin
      R2Longest_A: assert (!(rise && live && !free_q && need_q > OpenW'(2) &&
                             SinceW'(wait_q) + SinceW'(1) == SinceW'(need_q)));
      R2Open_A:    assert (!(rise && live && wait_q == OpenW'(1)));
      R4Closed_A:  assert (!(int_q && !int_o && !free_q && since_q < SinceW'(need_q)));
    end
  end

endmodule
