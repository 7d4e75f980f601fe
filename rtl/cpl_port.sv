// SPDX-License-Identifier: Apache-2.0
// The completion stream of the host: takes the header beat off and shows the payload beats to the
// requester whose tag they bear. Twin of completion() in model/pins.c.
//
// Cycle contract: a payload beat on the pins in cycle c is shown in c. docs/cycle-contract.md, "The
// pins": header beat with the tag in bits 23:16 and the length in bits 44:32, then 8 bytes a beat.
// Known differences: the C hands a completion over whole with its last beat.
module cpl_port (
  input  logic        clk_i,
  input  logic        rst_ni,
  // pins
  input  logic        cpl_valid_i,
  input  logic        cpl_sop_i,
  input  logic        cpl_eop_i,
  input  logic [63:0] cpl_data_i,
  // to the requesters: a payload beat
  output logic        rx_fetch_o,
  output logic        tx_fetch_o,
  output logic        tx_data_o,
  output logic [4:0]  queue_o, // of that requester: bits 7:3 of the tag
  output logic        eop_o,
  output logic [12:0] len_o, // bytes of this completion
  output logic [63:0] data_o
);

  localparam logic [2:0] RqRxFetch = 3'(nic_pkg::RQ_RX_FETCH);
  localparam logic [2:0] RqTxFetch = 3'(nic_pkg::RQ_TX_FETCH);
  localparam logic [2:0] RqTxData = 3'(nic_pkg::RQ_TX_DATA);

  logic [7:0]  tag_d, tag_q;
  logic [12:0] len_d, len_q;
  logic        header, payload;

  assign header = cpl_valid_i && cpl_sop_i;
  assign payload = cpl_valid_i && !cpl_sop_i;
  assign tag_d = header ? cpl_data_i[23:16] : tag_q;
  assign len_d = header ? cpl_data_i[44:32] : len_q;

  assign rx_fetch_o = payload && (tag_q[2:0] == RqRxFetch);
  assign tx_fetch_o = payload && (tag_q[2:0] == RqTxFetch);
  assign tx_data_o = payload && (tag_q[2:0] == RqTxData);
  assign queue_o = tag_q[7:3];
  assign eop_o = payload && cpl_eop_i;
  assign len_o = len_q;
  assign data_o = cpl_data_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      tag_q <= '0;
      len_q <= '0;
    end else begin
      tag_q <= tag_d;
      len_q <= len_d;
    end
  end

endmodule
