// SPDX-License-Identifier: Apache-2.0
// P3: no cause is lost, and none is invented. How it is read and run: docs/formal.md.
//
// A debt is opened by a pulse or by ICS, and paid only by what software can know of: a read of ICR
// pays the causes that it returns (the value visible in the cycle of the access), a write of ICR
// the ones it names. What happens in the cycle of the payment is a new debt.

module irq_formal #(
  localparam int unsigned CauseW = nic_pkg::E1000_ICR_SRPD_LSB + 1
) (
  input logic              clk_i,
  input logic              reset_i,
  input logic [CauseW-1:0] set_i,
  input logic              csr_valid_i,
  input logic              csr_write_i,
  input logic [15:0]       csr_id_i,
  input logic [31:0]       csr_wdata_i
);

  logic              rst_n, pend_o;
  logic [CauseW-1:0] icr_o, ims_o;

  irq dut (
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
    .pend_o
  );

  // Power-good comes behind the first cycle.
  initial rst_n = 1'b0;
  always_ff @(posedge clk_i) rst_n <= 1'b1;

  /////////////
  // Monitor //
  /////////////

  logic              write, read_icr;
  logic [CauseW-1:0] w, pulse, paid;
  logic [CauseW-1:0] owed_q, mask_q;

  assign w        = csr_wdata_i[CauseW-1:0];
  assign write    = csr_valid_i && csr_write_i;
  assign read_icr = csr_valid_i && !csr_write_i && csr_id_i == 16'(nic_pkg::E1000_R_ICR);
  assign pulse    = set_i | (write && csr_id_i == 16'(nic_pkg::E1000_R_ICS) ? w : '0);
  assign paid     = read_icr ? icr_o :
                    write && csr_id_i == 16'(nic_pkg::E1000_R_ICR) ? w : '0;

  always_ff @(posedge clk_i) begin
    if (!rst_n || reset_i) begin
      owed_q <= '0;
      mask_q <= '0;
    end else begin
      owed_q <= (owed_q & ~paid) | pulse;
      if (write && csr_id_i == 16'(nic_pkg::E1000_R_IMS)) mask_q <= mask_q | w;
      if (write && csr_id_i == 16'(nic_pkg::E1000_R_IMC)) mask_q <= mask_q & ~w;
    end
  end

  ////////////////
  // Properties //
  ////////////////

  always_comb begin
    if (rst_n) begin
      P3Kept_A:  assert ((owed_q & ~icr_o) == '0);
      P3None_A:  assert ((icr_o & ~owed_q) == '0);
      P3Mask_A:  assert (ims_o == mask_q);
      P3Pend_A:  assert (pend_o == ((owed_q & mask_q) != '0));
    end
  end

  // Must be found false: these situations exist.
  always_comb begin
    if (rst_n) begin
      R3Read_A:  assert (!(read_icr && (icr_o & set_i) != '0));
      R3Write_A: assert (!((paid & set_i & icr_o) != '0 && csr_write_i));
    end
  end

endmodule
