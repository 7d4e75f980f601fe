// SPDX-License-Identifier: Apache-2.0
// P14 to P16: no event of a vector is lost, what is sent may be, and VFs do not meet. How it is
// read and run: docs/formal.md.
//
// Everything around irq_82576 is free in every cycle: causes, write-backs, mailboxes, gates and
// credits, the register bus, resets. An event is a debt of its vector; it is paid by a sending, or
// forgiven when software names it in EICR, with a change of MSIX_MODE and with resets. What happens
// in the tick of the payment is a new debt. With VRXFRAMES (VTXFRAMES) other than 0 only low
// latency and the threshold are looked at. IVARs are read as the module holds them.

module irq_82576_formal (
  input logic        clk_i,
  input logic        reset_i,
  input logic [7:0]  stay_i,
  input logic [7:0]  vf_reset_i,
  input logic [31:0] set_i,
  input logic        rx_valid_i,
  input logic [3:0]  rx_queue_i,
  input logic [6:0]  rx_packets_i,
  input logic        rx_lli_i,
  input logic        rx_rxdmt_i,
  input logic        tx_valid_i,
  input logic [3:0]  tx_queue_i,
  input logic [6:0]  tx_packets_i,
  input logic [7:0]  vf_i,
  input logic        msi_en_i,
  input logic        msix_en_i,
  input logic        msi_done_i,
  input logic [24:0] open_i,
  input logic [24:0] credit_i,
  input logic        csr_valid_i,
  input logic        csr_write_i,
  input logic [15:0] csr_id_i,
  input logic [15:0] csr_index_i,
  input logic [3:0]  func_i,
  input logic [31:0] wdata_i
);

  logic        rst_n, line;
  logic [24:0] sent;
  logic [3:0]  func;
  logic [31:0] wdata;

  // A VF writes the bits of its vectors only; the decoder sees to that.
  assign func = func_i > 4'd8 ? 4'd0 : func_i;

  logic        shared; // a register of bits of vectors
  logic [31:0] own;
  assign shared = csr_id_i == 16'(nic_82576_pkg::IGB_R_EICS) ||
                  csr_id_i == 16'(nic_82576_pkg::IGB_R_EIMS) ||
                  csr_id_i == 16'(nic_82576_pkg::IGB_R_EIMC) ||
                  csr_id_i == 16'(nic_82576_pkg::IGB_R_EIAC) ||
                  csr_id_i == 16'(nic_82576_pkg::IGB_R_EIAM) ||
                  csr_id_i == 16'(nic_82576_pkg::IGB_R_EICR);
  assign own    = 32'd7 << (6'd25 - 6'd3 * 6'(func)); // of VF func - 1
  assign wdata  = func != '0 && shared ? wdata_i & own : wdata_i;

  // Merged with the signals of the instance when the design is flattened.
  (* hierconn *) wire [24:0]  \dut.ev_q ;
  (* hierconn *) wire [24:0]  \dut.lli_q ;
  (* hierconn *) wire         \dut.news_q ;
  (* hierconn *) wire [31:0]  \dut.icr_q ;
  (* hierconn *) wire [31:0]  \dut.ims_q ;
  (* hierconn *) wire [31:0]  \dut.eicr_q ;
  (* hierconn *) wire [31:0]  \dut.eims_q ;
  (* hierconn *) wire [31:0]  \dut.eiac_q ;
  (* hierconn *) wire [31:0]  \dut.eiam_q ;
  (* hierconn *) wire [31:0]  \dut.gpie_q ;
  (* hierconn *) wire [255:0] \dut.ivar_q ;
  (* hierconn *) wire [31:0]  \dut.ivar_misc_q ;
  (* hierconn *) wire [63:0]  \dut.vtivar_misc_q ;
  (* hierconn *) wire [399:0] \dut.rx_frames_q ;
  (* hierconn *) wire [399:0] \dut.tx_frames_q ;

  irq_82576 dut (
    .clk_i,
    .rst_ni        (rst_n),
    .reset_i,
    .stay_i,
    .vf_reset_i,
    .set_i,
    .rx_valid_i,
    .rx_queue_i,
    .rx_packets_i,
    .rx_lli_i,
    .rx_rxdmt_i,
    .tx_valid_i,
    .tx_queue_i,
    .tx_packets_i,
    .vf_i,
    .msi_en_i,
    .msix_en_i,
    .msi_done_i,
    .open_i,
    .credit_i,
    .sent_o        (sent),
    .ll_interval_o (),
    .rx_open_o     (),
    .tx_open_o     (),
    .csr_valid_i,
    .csr_write_i,
    .csr_id_i,
    .csr_index_i,
    .csr_func_i    (func),
    .csr_wdata_i   (wdata),
    .rdata_o       (),
    .int_o         (line),
    .msi_o         ()
  );

  // Power-good comes behind the first cycle.
  initial rst_n = 1'b0;
  always_ff @(posedge clk_i) rst_n <= 1'b1;

  /////////////
  // Monitor //
  /////////////

  logic        write, mode, flips;
  logic [7:0]  rx_byte, tx_byte, other_byte;
  logic [31:0] debt;     // of this tick
  logic [31:0] named;    // by a write of EICR
  logic [24:0] gone;     // resets of VFs
  logic [24:0] owed_q;
  logic [24:0] urgent_q;
  logic        cause;    // of ICR, enabled, before and behind the tick
  logic        up;       // MSIX_MODE = 0: there is a reason for the line
  logic        news_q;   // and a cause that MSI-X has not been told of

  assign write      = csr_valid_i && csr_write_i;
  assign mode       = \dut.gpie_q [4];
  assign cause      = (set_i & \dut.ims_q & nic_82576_pkg::IGB_IMS_WMASK) != '0 &&
                      !(write && csr_id_i == 16'(nic_82576_pkg::IGB_R_IMC)) &&
                      !(csr_valid_i && csr_id_i == 16'(nic_82576_pkg::IGB_R_ICR));
  assign up         = !mode && ((\dut.eicr_q & \dut.eims_q ) != '0 || (\dut.icr_q & \dut.ims_q ) != '0);
  assign flips      = write && csr_id_i == 16'(nic_82576_pkg::IGB_R_GPIE) && wdata[4] != mode;
  assign named      = write && csr_id_i == 16'(nic_82576_pkg::IGB_R_EICR) ? wdata : '0;
  assign rx_byte    = 8'(\dut.ivar_q >> (32 * rx_queue_i[2:0] + 16 * rx_queue_i[3]));
  assign tx_byte    = 8'(\dut.ivar_q >> (32 * tx_queue_i[2:0] + 16 * tx_queue_i[3] + 8));
  assign other_byte = \dut.ivar_misc_q [15:8];

  function automatic logic [31:0] vector(input logic [7:0] part);
    vector = part[7] ? 32'd1 << part[4:0] : '0;
  endfunction

  logic [15:0] rx_n, tx_n;
  assign rx_n = 16'(\dut.rx_frames_q >> (16 * rx_byte[4:0]));
  assign tx_n = 16'(\dut.tx_frames_q >> (16 * tx_byte[4:0]));

  always_comb begin
    debt = '0;
    gone = '0;
    if (mode) begin
      if (rx_valid_i && (rx_lli_i || rx_rxdmt_i || (rx_packets_i != '0 && rx_n == '0))) begin
        debt = debt | vector(rx_byte);
      end
      if (tx_valid_i && tx_packets_i != '0 && tx_n == '0) debt = debt | vector(tx_byte);
      if (cause) debt = debt | vector(other_byte);
      for (int unsigned n = 0; n < 8; n++) begin
        if (vf_i[n] && \dut.vtivar_misc_q [8*n + 7]) begin
          debt[22 - 3*n + (\dut.vtivar_misc_q [8*n + 1] ? 2 :
                           \dut.vtivar_misc_q [8*n] ? 1 : 0)] = 1'b1;
        end
      end
      if (write && csr_id_i == 16'(nic_82576_pkg::IGB_R_EICS)) debt = debt | wdata;
      // What stands in EICR is one when it is unmasked.
      if (write && csr_id_i == 16'(nic_82576_pkg::IGB_R_EIMS)) begin
        debt = debt | (wdata & ~\dut.eims_q & \dut.eicr_q );
      end
    end
    for (int unsigned n = 0; n < 8; n++) begin
      if (vf_reset_i[n]) gone[22 - 3*n +: 3] = '1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_n || reset_i || flips) begin
      owed_q   <= '0;
      urgent_q <= '0;
      news_q   <= 1'b0;
    end else begin
      news_q   <= !mode && msix_en_i && (cause || (news_q && up && !sent[0]));
      owed_q   <= ((owed_q & ~sent & ~named[24:0]) | debt[24:0]) & ~gone;
      urgent_q <= ((urgent_q & ~sent & ~named[24:0]) |
                   (mode && rx_valid_i && (rx_lli_i || rx_rxdmt_i) ? 25'(vector(rx_byte)) : '0)) &
                  ~gone;
    end
  end

  // The cycle before, for the line and for VFs.
  logic        was_q, line_q, pend_q, open_q, calm_q;
  logic [3:0]  vf_q;
  logic [31:0] eicr_q, eims_q, eiac_q, eiam_q, own_q;

  always_ff @(posedge clk_i) begin
    was_q  <= rst_n && !reset_i && !flips;
    line_q <= line;
    pend_q <= up;
    open_q <= open_i[0];
    vf_q   <= csr_valid_i ? func : '0;
    own_q  <= own;
    calm_q <= rst_n && !reset_i && vf_reset_i == '0 && !rx_valid_i && !tx_valid_i && vf_i == '0 &&
              set_i == '0 && sent == '0 && shared;
    eicr_q <= \dut.eicr_q ;
    eims_q <= \dut.eims_q ;
    eiac_q <= \dut.eiac_q ;
    eiam_q <= \dut.eiam_q ;
  end

  ////////////////
  // Properties //
  ////////////////

  always_comb begin
    if (rst_n) begin
      // An event waits until it is sent, and keeps its hurry.
      P14Kept_A:   assert ((owed_q & ~\dut.ev_q ) == '0);
      P14Urgent_A: assert (!mode || urgent_q == \dut.lli_q );

      if (mode) begin
        // It is sent in the first tick in which it may, and nothing else is.
        P15Sent_A: assert (sent == (\dut.ev_q & \dut.eims_q [24:0] &
                                    (open_i | (urgent_q & credit_i) | {25{reset_i}})));
        P15Line_A: assert (!line);
      end else if (was_q) begin
        // The line: up by an open gate (or in a hurry) and for a reason, down without one at once.
        P15Rise_A: assert (!(line && !line_q) || pend_q);
        P15Now_A:  assert (!(pend_q && open_q) || line);
        P15Fall_A: assert (pend_q || !line);
      end

      // With MSI-X every cause of ICR is told, one that comes while the line is up too.
      P15News_A: assert (!(news_q && up && open_i[0]) || sent[0]);

      // An access of a VF changes bits of its own vectors only.
      if (calm_q && vf_q != '0) begin
        P16Own_A: assert ((((eicr_q ^ \dut.eicr_q ) | (eims_q ^ \dut.eims_q ) |
                            (eiac_q ^ \dut.eiac_q ) | (eiam_q ^ \dut.eiam_q )) & ~own_q) == '0);
      end
    end
  end

  ////////////////
  // Invariants //
  ////////////////

  always_comb begin
    if (rst_n) begin
      // P15 by itself needs it.
      InvHurry_A: assert (!mode || urgent_q == \dut.lli_q );
      InvMode_A:  assert (mode || (owed_q == '0 && urgent_q == '0));
      InvNews_A:  assert (!news_q || (\dut.news_q && !mode));
      InvBits_A:  assert ((\dut.icr_q & ~nic_82576_pkg::IGB_ICR_WMASK) == '0 &&
                          (\dut.ims_q & ~nic_82576_pkg::IGB_IMS_WMASK) == '0);
    end
  end

  // Must be found false: these situations exist.
  always_comb begin
    if (rst_n) begin
      R14Again_A:  assert (!((sent & debt[24:0]) != '0 && mode));
      R14Masked_A: assert (!((owed_q & ~\dut.eims_q [24:0]) != '0));
    end
  end

endmodule
