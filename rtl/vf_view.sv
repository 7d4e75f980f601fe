// SPDX-License-Identifier: Apache-2.0
// A register of the PF as a VF sees it: which bits of it a write by the VF is, and what the VF
// reads of it. Twin of model/vf_view.h. Which register and element it is says
// nic_82576_pkg::vreg_at().
//
// Cycle contract: combinational; for the decoder. Kinds of which the bits are the same on both
// sides pass through.
// Known differences: none.

module vf_view (
  input  logic [2:0]  kind_i,  // nic_82576_pkg::VREG_*
  input  logic [2:0]  vf_i,

  // a write by the VF, and what goes to the register bus
  input  logic [31:0] wdata_i,
  output logic [31:0] wdata_o,

  // the value of the PF's register, and what the VF reads
  input  logic [31:0] rdata_i,
  output logic [31:0] rdata_o
);

  localparam int unsigned MsixVf = nic_82576_pkg::MsixVf;

  logic [4:0] first; // first vector of the VF

  assign first = 5'(nic_82576_pkg::Vectors - MsixVf) - 5'(MsixVf) * 5'(vf_i);

  // A byte of IVAR as written: vectors of the VF to those of the PF; there is no fourth.
  function automatic logic [7:0] byte_in(input logic valid, input logic [1:0] k,
                                         input logic [4:0] base);
    byte_in = '0;
    if (valid) byte_in = {3'b100, base + (k == 2'd3 ? 5'd2 : 5'(k))};
  endfunction

  // The same as read.
  function automatic logic [7:0] byte_out(input logic valid, input logic [1:0] vector,
                                          input logic [1:0] base);
    byte_out = valid ? {6'b100000, vector - base} : '0;
  endfunction

  always_comb begin
    wdata_o = wdata_i;
    rdata_o = rdata_i;
    if (kind_i == nic_82576_pkg::VREG_VECTOR) begin
      wdata_o = 32'(wdata_i[MsixVf-1:0]) << first;
      rdata_o = 32'(MsixVf'(rdata_i >> first));
    end else if (kind_i == nic_82576_pkg::VREG_IVAR) begin
      for (int unsigned i = 0; i < 32; i += 8) begin
        wdata_o[i +: 8] = byte_in(wdata_i[i + 7], wdata_i[i +: 2], first);
        rdata_o[i +: 8] = byte_out(rdata_i[i + 7], rdata_i[i +: 2], first[1:0]);
      end
    end
  end

endmodule
