// SPDX-License-Identifier: Apache-2.0
// One descriptor ring: prefetch into the cache, completion by the consumer, write-back by threshold
// or flush, and the causes that depend on write-backs. Twin of model/desc_ring.c, for both rings.
//
// Cycle contract: that of model/desc_ring.h and of docs/cycle-contract.md, "Descriptor rings".
// Differences in form: counts run modulo 256 (no two of them are further apart than the cache is
// long); a cause is a flop that is 1 for a cycle; completions come beat by beat and are stored as
// they come, but `filled` moves with the last one. The cache is two memories, so that each has one
// write port: what was fetched, read by the consumer without a clock; and what is completed, read
// by the port with one. Each is two banks, the halves of a descriptor. Meters are left out.
module desc_ring (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         tx_i,    // a transmit ring; a constant
  input  logic         reset_i, // CTRL.RST: to the reset state in this tick
  // regs
  input  logic         en_i,
  input  logic         restart_i,
  input  logic [31:0]  bal_i,
  input  logic [31:0]  bah_i,
  input  logic [15:0]  n_i,         // descriptors in the ring: length / DescBytes
  input  logic [15:0]  tail_i,
  input  logic [31:0]  dctl_i,
  input  logic [1:0]   rdmts_i,
  input  logic         head_we_i,
  input  logic [15:0]  head_wdata_i,
  output logic [15:0]  head_o,
  // consumer
  input  logic [7:0]   taken_i,
  input  logic         done_i,
  input  logic         done_rs_i,
  input  logic [127:0] done_wb_i,
  input  logic         immediate_i,
  output logic [7:0]   filled_o,
  output logic [127:0] desc_o,
  output logic [127:0] desc_next_o,
  output logic         empty_o,
  // timers, irq
  input  logic         flush_i,
  input  logic [31:0]  flush_cause_i,
  output logic [31:0]  cause_o,
  output logic         idle_o, // nothing under way, no cause, and what is received is written back
  // port
  input  logic         fetch_sent_i,
  input  logic [14:0]  fetch_granted_i, // bytes of the fetch request that have gone out
  output logic         fetch_valid_o,
  output logic [63:0]  fetch_addr_o,
  output logic [14:0]  fetch_len_o,
  input  logic         wb_sent_i,
  output logic         wb_valid_o,
  output logic [63:0]  wb_addr_o,
  output logic [14:0]  wb_len_o,
  output logic [15:0]  wb_off_o,
  input  logic [6:0]   pay_addr_i,
  input  logic [6:0]   pay_next_i,
  output logic [127:0] pay_o,
  // payload beats of the completions of this ring
  input  logic         cpl_valid_i,
  input  logic [63:0]  cpl_data_i
);

  localparam logic [7:0] Cache = 8'(nic_pkg::DescCache);

  logic [15:0] head_d, head_q, fidx_d, fidx_q, widx_d, widx_q;
  logic [7:0]  fetch_d, fetch_q, filled_d, filled_q, done_d, done_q, wrote_d, wrote_q;
  logic        fvalid_d, fvalid_q, fetching_d, fetching_q, discard_d, discard_q;
  logic [63:0] faddr_d, faddr_q, waddr_d, waddr_q;
  logic [5:0]  fn_d, fn_q;
  logic [9:0]  fbytes_d, fbytes_q; // still to come
  logic        wvalid_d, wvalid_q, stale_d, stale_q;
  logic [3:0]  wn_d, wn_q;
  logic [7:0]  wlen_d, wlen_q;
  logic [9:0]  woff_d, woff_q;
  logic        fl_d, fl_q, fln_d, fln_q;
  logic [7:0]  flto_d, flto_q, flnto_d, flnto_q;
  logic [31:0] flc_d, flc_q, flnc_d, flnc_q, cause_d, cause_q;
  logic [63:0] rs_d, rs_q;
  logic [6:0]  rsp_d, rsp_q;

  ///////////
  // Cache //
  ///////////

  logic [63:0] lo [64]; // fetched
  logic [63:0] hi [64];
  logic [63:0] done_lo [64]; // completed
  logic [63:0] done_hi [64];
  logic        put, con;
  logic [9:0]  got;
  logic [5:0]  slot;
  logic [5:0]  t0, t1;

  assign got = {fn_q, 4'b0} - fbytes_q;
  assign slot = filled_q[5:0] + got[9:4];
  assign put = cpl_valid_i && !discard_q && fetching_q;
  assign con = done_i && !restart_i && !reset_i;
  always_ff @(posedge clk_i) begin
    if (put && !got[3]) lo[slot] <= cpl_data_i;
    if (put && got[3]) hi[slot] <= cpl_data_i;
    if (con) done_lo[done_q[5:0]] <= done_wb_i[63:0];
    if (con) done_hi[done_q[5:0]] <= done_wb_i[127:64];
    // A pair is one word of either bank.
    pay_o[63:0] <= pay_addr_i[0] ? done_hi[pay_addr_i[6:1]] : done_lo[pay_addr_i[6:1]];
    pay_o[127:64] <= pay_next_i[0] ? done_hi[pay_next_i[6:1]] : done_lo[pay_next_i[6:1]];
  end
  assign t0 = taken_i[5:0];
  assign t1 = taken_i[5:0] + 6'd1;
  assign desc_o = {hi[t0], lo[t0]};
  assign desc_next_o = {hi[t1], lo[t1]};

  ////////////////
  // Arithmetic //
  ////////////////

  // From a to b in a ring of n.
  function automatic logic [15:0] span(logic [15:0] a, logic [15:0] b, logic [15:0] n);
    span = (b >= a) ? b - a : n - a + b;
  endfunction
  // a + k in a ring of n >= 8, 1 <= k <= 64.
  function automatic logic [15:0] step(logic [15:0] a, logic [6:0] k, logic [15:0] n);
    logic [16:0] x;
    // Software may have made the ring shorter than a in this very cycle: then the first step wraps.
    x = (a >= n) ? 17'(k) - 17'd1 : 17'(a) + 17'(k);
    for (int i = 0; i < 9; i++) if (x >= 17'(n)) x = x - 17'(n);
    step = (n == '0) ? '0 : x[15:0];
  endfunction
  function automatic logic [6:0] thr(logic [5:0] t, logic gran);
    thr = gran ? 7'(t) : {t, 1'b0};
  endfunction

  logic [15:0] n, avail, before_n, after_n, limit, low, head1, room16, count;
  logic [6:0]  wth, pth, hth, over;
  logic [7:0]  pending, wait_n, cached, room;
  logic        stop, through;
  logic [63:0] base;
  logic [31:0] fcause;
  logic        unused_bits;

  assign unused_bits = ^{dctl_i[23:22], dctl_i[15:14], dctl_i[7:6], fetch_granted_i[14:10], got[2:0]};

  assign n = n_i;
  assign base = {bah_i, bal_i};
  assign pth = thr(dctl_i[5:0], dctl_i[24]);
  assign hth = thr(dctl_i[13:8], dctl_i[24]);
  assign wth = thr(dctl_i[21:16], dctl_i[24]);

  always_comb begin
    head_d = head_q; fidx_d = fidx_q; widx_d = widx_q;
    fetch_d = fetch_q; filled_d = filled_q; done_d = done_q; wrote_d = wrote_q;
    fvalid_d = fvalid_q; fetching_d = fetching_q; discard_d = discard_q; faddr_d = faddr_q;
    fn_d = fn_q; fbytes_d = fbytes_q;
    wvalid_d = wvalid_q; stale_d = stale_q; wn_d = wn_q; waddr_d = waddr_q; wlen_d = wlen_q;
    woff_d = woff_q;
    fl_d = fl_q; fln_d = fln_q; flto_d = flto_q; flnto_d = flnto_q; flc_d = flc_q; flnc_d = flnc_q;
    cause_d = '0; rs_d = rs_q; rsp_d = rsp_q;
    fcause = '0; wait_n = '0; through = 1'b0; pending = '0; cached = '0; room = '0; avail = '0;
    count = '0; room16 = '0;
    before_n = '0; after_n = '0; head1 = '0; over = '0; stop = 1'b0;
    limit = n >> ((rdmts_i > 2'd1) ? 2'd3 : rdmts_i + 2'd1);
    low = 16'({dctl_i[31:25], 3'b0});

    // 1. the port and the host
    if (fetch_sent_i) fvalid_d = 1'b0;
    if (cpl_valid_i && fetching_q) begin
      fbytes_d = fbytes_q - 10'd8;
      if (fbytes_q == 10'd8) begin
        if (!discard_q) filled_d = filled_q + 8'(fn_q);
        fetching_d = 1'b0;
        discard_d = 1'b0;
      end
    end
    if (wb_sent_i) begin
      wvalid_d = 1'b0;
      if (!stale_q) begin
        for (int unsigned i = 0; i < nic_pkg::DescWbMax; i++) begin
          if (4'(i) < wn_q) begin
            if (rs_d[wrote_d[5:0]]) rsp_d = rsp_d - 7'd1;
            rs_d[wrote_d[5:0]] = 1'b0;
            wrote_d = wrote_d + 8'd1;
          end
        end
        widx_d = step(widx_q, 7'(wn_q), n);
        if (!tx_i) begin
          before_n = span(head_q, tail_i, n);
          after_n = span(widx_d, tail_i, n);
          if (tail_i < n && head_q < n && before_n > limit && after_n <= limit)
            cause_d = cause_d | (32'd1 << nic_pkg::E1000_ICR_RXDMT0_LSB);
          head_d = widx_d;
        end
      end
      stale_d = 1'b0;
    end

    // 2. register writes, restart
    if (head_we_i) head_d = head_wdata_i;
    if (restart_i) begin
      fidx_d = head_d; widx_d = head_d;
      fetch_d = '0; filled_d = '0; done_d = '0; wrote_d = '0;
      rsp_d = '0; rs_d = '0;
      if (fetching_d) discard_d = 1'b1;
      if (wvalid_d) stale_d = 1'b1;
      fl_d = 1'b0; fln_d = 1'b0;
    end else if (done_i) begin
      // 3. the consumer
      if (tx_i && done_rs_i) begin
        rs_d[done_q[5:0]] = 1'b1;
        rsp_d = rsp_d + 7'd1;
      end
      done_d = done_q + 8'd1;
      if (tx_i) begin
        before_n = (head_d < n && tail_i < n) ? span(head_d, tail_i, n) : '0;
        head1 = (17'(head_d) + 17'd1 >= 17'(n)) ? '0 : head_d + 16'd1;
        head_d = head1;
        if (head1 == tail_i) cause_d = cause_d | (32'd1 << nic_pkg::E1000_ICR_TXQE_LSB);
        if (before_n == low + 16'd1)
          cause_d = cause_d | (32'd1 << nic_pkg::E1000_ICR_TXD_LOW_LSB);
      end
    end
    for (int j = 0; j < 2; j++) begin
      if ((j == 0) ? (done_i && !restart_i && immediate_i) : flush_i) begin

        fcause = (j == 1) ? flush_cause_i
                     : 32'd1 << (tx_i ? nic_pkg::E1000_ICR_TXDW_LSB : nic_pkg::E1000_ICR_RXT0_LSB);
        if (!fl_d) begin
          fl_d = 1'b1; flto_d = done_d; flc_d = fcause;
        end else begin
          flnc_d = fln_d ? flnc_d | fcause : fcause;
          fln_d = 1'b1; flnto_d = done_d;
        end
      end
    end
    if (tx_i) begin
      for (int i = 0; i < 64; i++) begin
        if (8'(wrote_d + 8'(i)) == done_d || rs_d[6'(wrote_d + 8'(i))]) stop = 1'b1;
        if (!stop) over = over + 7'd1;
      end
      if (over != '0) widx_d = step(widx_d, over, n);
      wrote_d = wrote_d + 8'(over);
    end

    // 4. flushes that are through
    for (int j = 0; j < 2; j++) begin
      wait_n = wrote_d - flto_d;
      through = fl_d && !wait_n[7];
      if (through) begin
        cause_d = cause_d | flc_d;
        fl_d = fln_d; flto_d = flnto_d; flc_d = flnc_d; fln_d = 1'b0;
      end
    end

    // 5. new requests
    pending = tx_i ? 8'(rsp_d) : done_d - wrote_d;
    wait_n = done_d - wrote_d;
    cached = filled_d - taken_i;
    room = Cache - (fetch_d - wrote_d);
    avail = (fidx_d < n && tail_i < n) ? span(fidx_d, tail_i, n) : '0;
    count = avail;
    if (16'(room) < count) count = 16'(room);
    if (count > 16'(nic_pkg::DescFetchMax)) count = 16'(nic_pkg::DescFetchMax);
    if (n - fidx_d < count) count = n - fidx_d;
    room16 = 16'(wait_n);
    if (room16 > 16'(nic_pkg::DescWbMax)) room16 = 16'(nic_pkg::DescWbMax);
    if (n - widx_d < room16) room16 = n - widx_d;
    if (16'd64 - 16'(wrote_d[5:0]) < room16) room16 = 16'd64 - 16'(wrote_d[5:0]);
    if (!restart_i) begin
      if (!wvalid_d && pending != '0 && n != '0 && (pending >= 8'(wth) || fl_d || wait_n >= Cache))
      begin
        wvalid_d = 1'b1;
        waddr_d = base + {44'b0, widx_d, 4'b0};
        woff_d = {wrote_d[5:0], 4'b0};
        if (tx_i && wth == '0) begin
          wn_d = 4'd1; wlen_d = 8'd1;
          waddr_d = waddr_d + 64'd12;
          woff_d = {wrote_d[5:0], 4'd12};
        end else begin
          wn_d = room16[3:0];
          wlen_d = {room16[3:0], 4'b0};
        end
      end
      if (!fetching_d && !fvalid_d && en_i && !stale_d && avail != '0 && room != '0 &&
          (cached == '0 || (cached < 8'(pth) && avail >= 16'(hth)))) begin
        fvalid_d = 1'b1; fetching_d = 1'b1;
        faddr_d = base + {44'b0, fidx_d, 4'b0};
        fn_d = count[5:0];
        fbytes_d = {count[5:0], 4'b0};
        fetch_d = fetch_d + 8'(count[5:0]);
        fidx_d = step(fidx_d, 7'(count[5:0]), n);
      end
    end

    if (reset_i) begin
      head_d = '0; fidx_d = '0; widx_d = '0;
      fetch_d = '0; filled_d = '0; done_d = '0; wrote_d = '0; rs_d = '0; rsp_d = '0;
      fl_d = 1'b0; fln_d = 1'b0; cause_d = '0; wvalid_d = 1'b0; stale_d = 1'b0; fvalid_d = 1'b0;
      fbytes_d = '0;
      if (fetching_q) begin
        fbytes_d = fvalid_q ? 10'(fetch_granted_i) - ({fn_q, 4'b0} - fbytes_q) : fbytes_q;
        if (cpl_valid_i) fbytes_d = fbytes_d - 10'd8;
      end
      fetching_d = (fbytes_d != '0);
      discard_d = (fbytes_d != '0);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_q <= '0; fidx_q <= '0; widx_q <= '0; fetch_q <= '0; filled_q <= '0; done_q <= '0;
      wrote_q <= '0; fvalid_q <= '0; fetching_q <= '0; discard_q <= '0; faddr_q <= '0; fn_q <= '0;
      fbytes_q <= '0; wvalid_q <= '0; stale_q <= '0; wn_q <= '0; waddr_q <= '0; wlen_q <= '0;
      woff_q <= '0; fl_q <= '0; fln_q <= '0; flto_q <= '0; flnto_q <= '0; flc_q <= '0;
      flnc_q <= '0; cause_q <= '0; rs_q <= '0; rsp_q <= '0;
    end else begin
      head_q <= head_d; fidx_q <= fidx_d; widx_q <= widx_d; fetch_q <= fetch_d;
      filled_q <= filled_d; done_q <= done_d; wrote_q <= wrote_d; fvalid_q <= fvalid_d;
      fetching_q <= fetching_d; discard_q <= discard_d; faddr_q <= faddr_d; fn_q <= fn_d;
      fbytes_q <= fbytes_d; wvalid_q <= wvalid_d; stale_q <= stale_d; wn_q <= wn_d;
      waddr_q <= waddr_d; wlen_q <= wlen_d; woff_q <= woff_d; fl_q <= fl_d; fln_q <= fln_d;
      flto_q <= flto_d; flnto_q <= flnto_d; flc_q <= flc_d; flnc_q <= flnc_d; cause_q <= cause_d;
      rs_q <= rs_d; rsp_q <= rsp_d;
    end
  end

  assign head_o = head_q;
  assign filled_o = filled_q;
  assign empty_o = (filled_q == taken_i) && !fetching_q &&
                   (fidx_q >= n || tail_i >= n || fidx_q == tail_i);
  assign cause_o = cause_q;
  assign idle_o = !fvalid_q && !fetching_q && !wvalid_q && (cause_q == '0) &&
                  (tx_i || wrote_q == done_q);
  assign fetch_valid_o = fvalid_q;
  assign fetch_addr_o = faddr_q;
  assign fetch_len_o = 15'({fn_q, 4'b0});
  assign wb_valid_o = wvalid_q;
  assign wb_addr_o = waddr_q;
  assign wb_len_o = 15'(wlen_q);
  assign wb_off_o = 16'(woff_q);

endmodule
