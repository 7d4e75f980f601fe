// SPDX-License-Identifier: Apache-2.0
// A list of frames between the module that puts them and the one that takes them in order: the
// entries in a memory, the two in front in flops. Twin of the arrays rx and tx of
// model/packet_buffer.h.
//
// Cycle contract: an entry put in tick t is counted, and visible if it is one of the two in front, in
// t+1. The reader shows the number of entries it has taken; front_o is the first behind them. Counts
// run freely. At most Depth entries wait. The reader takes at most one in three ticks: so long it
// takes to bring the next from the memory. Depth is a power of two.
// Known differences: none.
module frame_list #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 16,
  localparam int unsigned AddrW = $clog2(Depth),
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
  logic [Width-1:0] even_d, even_q; // the two in front, by the lowest bit of their number
  logic [Width-1:0] odd_d, odd_q;

  ////////////////
  // Next state //
  ////////////////

  logic             room; // one of the two flops is free
  logic             load;
  logic [Width-1:0] word;

  assign room = (held_q - taken_i) < CntW'(2);

  always_comb begin
    count_d = count_q;
    held_d = held_q;
    read_d = 1'b0;
    even_d = even_q;
    odd_d = odd_q;
    load = read_q;
    word = rdata_q;

    if (!read_q && room) begin
      if (held_q != count_q) begin
        read_d = 1'b1;
      end else begin // nothing is in the memory: straight to the flops
        load = put_i;
        word = entry_i;
      end
    end
    if (load) begin
      if (held_q[0]) odd_d = word;
      else even_d = word;
      held_d = held_q + CntW'(1);
    end
    if (put_i) count_d = count_q + CntW'(1);

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
      even_q <= '0;
      odd_q <= '0;
    end else begin
      count_q <= count_d;
      held_q <= held_d;
      read_q <= read_d;
      even_q <= even_d;
      odd_q <= odd_d;
    end
  end

  // Never the same address: what is read waits, what is written does not yet.
  always_ff @(posedge clk_i) begin
    if (put_i) mem[count_q[AddrW-1:0]] <= entry_i;
    rdata_q <= mem[held_q[AddrW-1:0]];
  end

  /////////////
  // Outputs //
  /////////////

  assign count_o = count_q;
  assign front_o = taken_i[0] ? odd_q : even_q;
  assign next_o = taken_i[0] ? even_q : odd_q;

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
