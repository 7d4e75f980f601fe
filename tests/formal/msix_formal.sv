// SPDX-License-Identifier: Apache-2.0
// P12: no message is lost, and none is invented. How it is read and run: docs/formal.md.
//
// The numbers of entries and vectors are written out here once more: that is what is checked.
// A sending is a debt of the entry whose function owns the vector in its tick. It is paid by the
// end of a request of that entry, or forgiven when the function has MSI-X off, is reset or gone. A
// sending in the tick of the end is a new debt; the end of a request that was made before its
// function was reset pays none.

module msix_formal #(
  localparam int unsigned Vfs     = nic_82576_pkg::Vfs,
  localparam int unsigned Vectors = nic_82576_pkg::Vectors,
  localparam int unsigned Entries = nic_82576_pkg::MsixPf + Vfs * nic_82576_pkg::MsixVf
) (
  input logic               clk_i,
  input logic               valid_i,
  input logic               write_i,
  input logic [7:0]         func_i,
  input logic [19:0]        addr_i,
  input logic [3:0]         be_i,
  input logic [31:0]        wdata_i,
  input logic [Vectors-1:0] sent_i,
  input logic [Vfs:0]       msix_en_i,
  input logic [Vfs:0]       msix_mask_i,
  input logic [Vfs:0]       may_request_i,
  input logic [Vfs:0]       func_reset_i,
  input logic [Vfs-1:0]     there_i,
  input logic               done_i
);

  logic       rst_n, req;
  logic [7:0] func;

  msix dut (
    .clk_i,
    .rst_ni      (rst_n),
    .valid_i,
    .write_i,
    .func_i,
    .addr_i,
    .be_i,
    .wdata_i,
    .rdata_o     (),
    .sent_i,
    .msix_en_i,
    .msix_mask_i,
    .may_request_i,
    .func_reset_i,
    .there_i,
    .req_valid_o (req),
    .req_func_o  (func),
    .req_addr_o  (),
    .req_data_o  (),
    .done_i
  );

  // Into the RTL.
  (* hierconn *) wire [Entries-1:0] \dut.pend_q ;
  (* hierconn *) wire [Entries-1:0] \dut.mask_q ;
  (* hierconn *) wire [5:0]         \dut.entry_q ;
  (* hierconn *) wire               \dut.own_q ;

  // Power-good comes behind the first cycle.
  initial rst_n = 1'b0;
  always_ff @(posedge clk_i) rst_n <= 1'b1;

  /////////////
  // Monitor //
  /////////////

  logic [Entries-1:0] debt;  // of this tick
  logic [Entries-1:0] gone;  // forgiven in this tick
  logic [Entries-1:0] ready; // nothing holds these back, but for their masks
  logic [Entries-1:0] paid;
  logic [Entries-1:0] may;   // the next request may be of these

  // From vectors and functions to entries: the PF's ten, then VF 7's three, ... , VF 0's three.
  always_comb begin
    for (int unsigned e = 0; e < 10; e++) begin
      debt[e]  = sent_i[e] && !(e > 0 && there_i[e > 0 ? (24 - e) / 3 : 0]);
      gone[e]  = !msix_en_i[0] || func_reset_i[0];
      ready[e] = msix_en_i[0] && !msix_mask_i[0] && may_request_i[0] && !func_reset_i[0];
    end
    for (int unsigned n = 0; n < Vfs; n++) begin
      for (int unsigned k = 0; k < 3; k++) begin
        debt[31-3*n+k]  = sent_i[22-3*n+k] && there_i[n];
        gone[31-3*n+k]  = !msix_en_i[1+n] || func_reset_i[1+n] || !there_i[n];
        ready[31-3*n+k] = msix_en_i[1+n] && !msix_mask_i[1+n] && may_request_i[1+n] &&
                          !func_reset_i[1+n] && there_i[n];
      end
    end
  end

  logic [Entries-1:0] owed_q, may_q;
  logic               was_q, free_q, stands_q, live_q;
  logic [7:0]         func_q;
  logic [5:0]         entry_q;

  logic [Entries-1:0] its; // the entry of the request

  assign its  = Entries'(1) << \dut.entry_q ;
  assign paid = req && done_i && live ? its : '0;
  assign may  = owed_q & ~paid & ready & ~\dut.mask_q ;

  // The request is of the present life of its function.
  logic live;
  assign live = !stands_q || live_q;

  always_ff @(posedge clk_i) begin
    was_q    <= rst_n;
    free_q   <= !req || done_i;
    stands_q <= rst_n && req && !done_i;
    live_q   <= live && (its & gone) == '0;
    func_q   <= func;
    entry_q  <= \dut.entry_q ;
    may_q    <= may;
    if (!rst_n) owed_q <= '0;
    else        owed_q <= ((owed_q & ~paid) | debt) & ~gone;
  end

  ////////////////
  // Properties //
  ////////////////

  always_comb begin
    if (rst_n) begin
      P12Kept_A: assert ((owed_q & ~\dut.pend_q ) == '0);
      P12None_A: assert ((\dut.pend_q & ~owed_q) == '0);
      if (was_q) begin
        // A request stands until its end; the next comes at once when one may, and is the first.
        if (stands_q) begin
          P12Stands_A: assert (req && func == func_q && \dut.entry_q == entry_q);
        end
        if (free_q) begin
          P12Asks_A:  assert (req == (may_q != '0));
        end
        if (free_q && req) begin
          P12First_A: assert ((may_q & its) != '0 && (may_q & (its - Entries'(1))) == '0);
          P12Func_A:  assert (\dut.entry_q < 6'd10 ? func == '0 :
                              func >= 8'd1 && func <= 8'd8 &&
                              6'(34) - 6'(3) * 6'(func) <= \dut.entry_q &&
                              \dut.entry_q <= 6'(36) - 6'(3) * 6'(func));
        end
      end
    end
  end

  ////////////////
  // Invariants //
  ////////////////

  always_comb begin
    if (rst_n) begin
      InvEntry_A: assert (\dut.entry_q < 6'(Entries));
      InvOwn_A:   assert (\dut.own_q == (req && live));
      InvStart_A: assert (was_q || !req);
    end
  end

  // Must be found false: these situations exist.
  always_comb begin
    if (rst_n) begin
      R12Again_A:  assert (!((paid & debt & ~gone) != '0));
      R12Former_A: assert (!(req && done_i && !live && (owed_q & its) != '0));
    end
  end

endmodule
