// SPDX-License-Identifier: Apache-2.0
// A list of frames between the module that puts them and the one that takes them in order:
// the entries in a memory, the first ones in flops. Twin of the arrays rx and tx of
// model/packet_buffer.h.
//
// Cycle contract: an entry put in tick t is counted, and visible if it is one of the two in
// front, in t+1. The reader shows the number of entries it has taken; front_o is the first
// behind them. Counts run freely. At most Depth entries wait. With Ahead = 2 the reader takes at
// most one in three ticks: so long it takes to bring the next from the memory. With Ahead = 4 it
// may take one in each. Depth and Ahead are powers of two.
// Known differences: none.
module frame_list #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 16,
  parameter int unsigned Ahead = 2, // entries in flops
  localparam int unsigned AddrW = $clog2(Depth),
  localparam int unsigned SlotW = $clog2(Ahead),
  localparam int unsigned CntW = AddrW + 1
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             reset_i, // CTRL.RST: empty from the next cycle on
  // writer
  input  logic             put_i,
  input  logic [Width-1:0] entry_i,
  output logic [CntW-1:0]  count_o, // entries put
  // reader
  input  logic [CntW-1:0]  taken_i, // entries taken
  output logic [Width-1:0] front_o, // entry taken_i
  output logic [Width-1:0] next_o   // the one behind it
);

  logic [Width-1:0] mem [Depth];
  logic [Width-1:0] rdata_q;
  logic [CntW-1:0]  count_d, count_q;
  logic [CntW-1:0]  held_d, held_q; // entries that have come to the flops
  logic             read_d, read_q; // entry held_q comes from the memory in this cycle
  logic [Ahead*Width-1:0] slot_d, slot_q; // the flops: entry n in slot n mod Ahead

  ////////////////
  // Next state //
  ////////////////

  logic [CntW-1:0]  ask;      // the first entry that is neither here nor on its way
  logic             room;     // there will be a flop for it
  logic             straight; // an entry goes to the flops as it comes
  logic [SlotW-1:0] behind;   // slot of next_o

  assign ask = held_q + CntW'(read_q);
  assign room = (ask - taken_i) < CntW'(Ahead);
  assign behind = taken_i[SlotW-1:0] + SlotW'(1);

  always_comb begin
    count_d = count_q;
    held_d = ask;
    read_d = room && ask != count_q;
    slot_d = slot_q;

    straight = put_i && room && ask == count_q; // nothing is in the memory
    if (put_i) count_d = count_q + CntW'(1);
    if (straight) held_d = ask + CntW'(1);
    for (int unsigned i = 0; i < Ahead; i++) begin
      if (read_q && held_q[SlotW-1:0] == SlotW'(i)) slot_d[Width*i+:Width] = rdata_q;
      if (straight && ask[SlotW-1:0] == SlotW'(i)) slot_d[Width*i+:Width] = entry_i;
    end

    if (reset_i) begin
      count_d = '0;
      held_d = '0;
      read_d = 1'b0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q <= '0;
      held_q <= '0;
      read_q <= 1'b0;
      slot_q <= '0;
    end else begin
      count_q <= count_d;
      held_q <= held_d;
      read_q <= read_d;
      slot_q <= slot_d;
    end
  end

  // Never the same address: what is read waits, what is written does not yet.
  always_ff @(posedge clk_i) begin
    if (put_i) mem[count_q[AddrW-1:0]] <= entry_i;
    rdata_q <= mem[ask[AddrW-1:0]];
  end

  /////////////
  // Outputs //
  /////////////

  assign count_o = count_q;

  always_comb begin
    front_o = slot_q[Width-1:0];
    next_o = slot_q[Width-1:0];
    for (int unsigned i = 1; i < Ahead; i++) begin
      if (taken_i[SlotW-1:0] == SlotW'(i)) front_o = slot_q[Width*i+:Width];
      if (behind == SlotW'(i)) next_o = slot_q[Width*i+:Width];
    end
  end

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && !reset_i) begin
      Room_A:    assert (!put_i || (count_q - taken_i) < CntW'(Depth));
      // The front entry is there when it is listed.
      Present_A: assert (taken_i == count_q || taken_i != held_q);
    end
  end
`endif

endmodule
