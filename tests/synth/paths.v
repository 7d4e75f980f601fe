// SPDX-License-Identifier: Apache-2.0
// For the length of paths only: of a distributed RAM what is combinational, from read address to data.
module TRELLIS_DPR16X4 (
  input        WCK,
  input        WRE,
  input  [3:0] DI,
  input  [3:0] WAD,
  input  [3:0] RAD,
  output [3:0] DO
);
  parameter WCKMUX = "WCK";
  parameter WREMUX = "WRE";
  parameter [63:0] INITVAL = 64'h0;
  genvar i;
  generate
    for (i = 0; i < 4; i = i + 1) begin : bits
      LUT4 read (.A(RAD[0]), .B(RAD[1]), .C(RAD[2]), .D(RAD[3]), .Z(DO[i]));
    end
  endgenerate
endmodule
