// SPDX-License-Identifier: Apache-2.0
// The first 16 bytes of a frame as it will be on the wire: with its checksums and its tag, and zeros
// behind its end. Twin of tx_frame_t.head, which close_frame() in model/tx_dma.c fills in (82576).
//
// Cycle contract: combinational.
// Known differences: none.
module tx_head (
  input  logic [127:0] raw_i,     // as stored: byte n in bits 8n+7:8n
  input  logic [14:0]  raw_len_i, // bytes stored
  input  logic         ip_en_i,
  input  logic [7:0]   ip_off_i,
  input  logic [15:0]  ip_val_i,
  input  logic         tu_en_i,   // behind the other where they overlap
  input  logic [7:0]   tu_off_i,
  input  logic [15:0]  tu_val_i,
  input  logic         tag_en_i,
  input  logic [15:0]  tag_i,
  input  logic [15:0]  vet_i,
  output logic [127:0] head_o
);

  localparam int unsigned TagAt = nic_pkg::TypeAt;

  // Byte `n` with the two bytes `val` at `off`.
  function automatic logic [7:0] patch(logic [7:0] b, logic [7:0] n, logic en, logic [7:0] off,
                                       logic [15:0] val);
    patch = b;
    if (en && n == off) patch = val[15:8];
    if (en && 9'(n) == 9'(off) + 9'd1) patch = val[7:0];
  endfunction

  always_comb begin
    for (int unsigned i = 0; i < 16; i++) begin
      head_o[8*i+:8] = (15'(i) < raw_len_i) ? raw_i[8*i+:8] : '0;
      head_o[8*i+:8] = patch(head_o[8*i+:8], 8'(i), ip_en_i, ip_off_i, ip_val_i);
      head_o[8*i+:8] = patch(head_o[8*i+:8], 8'(i), tu_en_i, tu_off_i, tu_val_i);
    end
    if (tag_en_i) head_o[8*TagAt+:32] = {tag_i[7:0], tag_i[15:8], vet_i[7:0], vet_i[15:8]};
  end

endmodule
