// SPDX-License-Identifier: Apache-2.0
// What the 82576 learns of a received packet while it comes: its RSS sum, what was summed, which
// headers it has, and what the low latency filters look at. Twin of model/rss.c; what the results
// mean is said in its header.
//
// Cycle contract: key, field enables, VET and IPV6_EX_DIS are taken in the tick of start_i. A byte
// that is passed in tick n counts in the outputs from n+1 on; these are what the frame is that ends
// with the last byte passed. Only the RETA lookup is combinational.
// Bytes wait in a line of FcsBytes: what leaves it is not FCS. From there they go through the
// parser, and addresses and ports into the sum, each with the next eight bits of the key.
// Known differences: none. The C looks at the frame when it is whole.
module rss (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         start_i,     // a frame begins

  // the frame
  input  logic         valid_i,
  input  logic [14:0]  index_i,     // bytes before this one
  input  logic [7:0]   data_i,

  // from regs: rss_shape_t
  input  logic [319:0] key_i,       // RSSRK n in bits 32n+31:32n
  input  logic [31:0]  mrqc_i,
  input  logic [15:0]  vet_i,
  input  logic         ex_dis_i,    // RFCTL.IPV6_EX_DIS

  // rss_packet_t
  output logic [31:0]  hash_o,
  output logic [3:0]   type_o,      // enum rss_type
  output logic [12:0]  packet_o,    // enum rss_packet_bits, without L2
  output logic [15:0]  ethertype_o,
  output logic [15:0]  dport_o,
  output logic [5:0]   tcp_flags_o,
  output logic [2:0]   priority_o,
  output logic [14:0]  hdr_len_o,

  // table in regs
  output logic [4:0]   reta_addr_o,
  input  logic [31:0]  reta_row_i,
  output logic [3:0]   entry_o
);

  localparam int unsigned Fcs    = nic_pkg::FcsBytes;
  localparam int unsigned KeyLen = 8 * 4 * nic_82576_pkg::IGB_RSSRK_COUNT;

  // Field enables of MRQC that exist, from TCP_IPV4 on.
  localparam int unsigned FieldLsb = nic_82576_pkg::IGB_MRQC_TCP_IPV4_LSB;
  localparam int unsigned FieldW   = nic_82576_pkg::IGB_MRQC_UDP_IPV6EX_LSB - FieldLsb + 1;

  localparam logic [15:0] EthIpv4       = 16'h0800;
  localparam logic [15:0] EthIpv6       = 16'h86DD;
  localparam logic [7:0]  ProtoHopopts  = 8'd0;
  localparam logic [7:0]  ProtoTcp      = 8'd6;
  localparam logic [7:0]  ProtoUdp      = 8'd17;
  localparam logic [7:0]  ProtoRouting  = 8'd43;
  localparam logic [7:0]  ProtoFragment = 8'd44;
  localparam logic [7:0]  ProtoDstopts  = 8'd60;
  localparam logic [7:0]  ProtoSctp     = 8'd132;
  localparam logic [11:0] Ipv4Min       = 12'd20;
  localparam logic [11:0] Ipv6Len       = 12'd40;
  localparam logic [11:0] TcpLen        = 12'd20;
  localparam logic [11:0] UdpLen        = 12'd8;

  // enum rss_type, model/rss.h.
  localparam logic [3:0] RssNone      = 4'd0;
  localparam logic [3:0] RssTcpIpv4   = 4'd1;
  localparam logic [3:0] RssIpv4      = 4'd2;
  localparam logic [3:0] RssTcpIpv6   = 4'd3;
  localparam logic [3:0] RssIpv6ex    = 4'd4;
  localparam logic [3:0] RssIpv6      = 4'd5;
  localparam logic [3:0] RssTcpIpv6ex = 4'd6;
  localparam logic [3:0] RssUdpIpv4   = 4'd7;
  localparam logic [3:0] RssUdpIpv6   = 4'd8;
  localparam logic [3:0] RssUdpIpv6ex = 4'd9;

  // Bits of enum rss_packet_bits, model/rss.h.
  localparam int unsigned PacketIpv4        = 0;
  localparam int unsigned PacketIpv4Options = 1;
  localparam int unsigned PacketIpv6        = 2;
  localparam int unsigned PacketIpv6Ext     = 3;
  localparam int unsigned PacketTcp         = 4;
  localparam int unsigned PacketUdp         = 5;
  localparam int unsigned PacketSctp        = 6;
  localparam int unsigned PacketVlan        = 12;

  // The header that comes.
  typedef enum logic [2:0] {
    RxMac, RxType, RxTag, RxIpv4, RxIpv6, RxExtension, RxL4, RxNothing
  } state_e;

  state_e             state_d, state_q;
  logic [31:0]        line_d, line_q;         // the last four bytes, the oldest in bits 31:24
  logic [11:0]        at_d, at_q;             // bytes of this header before this one
  logic [7:0]         prev_d, prev_q;         // the byte before
  logic [11:0]        hlen_d, hlen_q;         // of this header
  logic               fragment_d, fragment_q; // IPv4
  logic [7:0]         proto_d, proto_q;       // of what follows
  logic [12:0]        packet_d, packet_q;
  logic [15:0]        ethertype_d, ethertype_q;
  logic [15:0]        dport_d, dport_q;
  logic [5:0]         flags_d, flags_q;
  logic [2:0]         priority_d, priority_q;
  logic [14:0]        hdr_len_d, hdr_len_q;   // behind the last header that is there
  logic [KeyLen-1:0]  key_d, key_q;           // what is left of the key, the next byte in bits 7:0
  logic [FieldW-1:0]  fields_d, fields_q;
  logic [15:0]        vet_d, vet_q;
  logic               ex_dis_d, ex_dis_q;
  logic [31:0]        sum_d, sum_q;           // so far
  logic [31:0]        addresses_d, addresses_q; // when the IP header was over

  ////////////
  // Parser //
  ////////////

  logic        out;      // a byte leaves the line
  logic [7:0]  out_byte;
  logic [15:0] word;     // with the byte before
  logic        over;     // the header ends with this byte
  logic [14:0] behind;   // index on the wire behind it
  logic        summed;   // the byte is an address's or a port's

  assign out      = valid_i && index_i >= 15'(Fcs);
  assign out_byte = line_q[31:24];
  assign line_d   = valid_i ? {line_q[23:0], data_i} : line_q;
  assign word     = {prev_q, out_byte};
  assign over     = at_q + 12'd1 == hlen_q;
  assign behind   = index_i - 15'(Fcs - 1);

  function automatic logic is_extension(input logic [7:0] proto);
    is_extension = proto == ProtoHopopts || proto == ProtoRouting || proto == ProtoDstopts;
  endfunction

  // What follows an IP or extension header.
  function automatic state_e follows(input logic [7:0] proto, input logic extensions);
    follows = RxNothing;
    if (proto == ProtoTcp || proto == ProtoUdp || proto == ProtoSctp) follows = RxL4;
    if (extensions && is_extension(proto)) follows = RxExtension;
  endfunction

  always_comb begin
    state_d     = state_q;
    at_d        = at_q;
    prev_d      = prev_q;
    hlen_d      = hlen_q;
    fragment_d  = fragment_q;
    proto_d     = proto_q;
    packet_d    = packet_q;
    ethertype_d = ethertype_q;
    dport_d     = dport_q;
    flags_d     = flags_q;
    priority_d  = priority_q;
    hdr_len_d   = hdr_len_q;
    summed      = 1'b0;

    if (out) begin
      prev_d = out_byte;
      at_d   = at_q + 12'd1;
      case (state_q)
        RxMac: begin // addresses
          if (at_q == 12'd11) begin
            state_d = RxType;
            at_d    = '0;
          end
        end

        RxType: begin
          if (at_q[0]) begin
            at_d        = '0;
            ethertype_d = word;
            state_d     = RxNothing;
            hlen_d      = Ipv6Len;
            if (word == EthIpv4) state_d = RxIpv4;
            if (word == EthIpv6) state_d = RxIpv6;
            if (!packet_q[PacketVlan] && word == vet_q) begin
              state_d     = RxTag;
              ethertype_d = '0;
            end
          end
        end

        RxTag: begin // its TCI
          if (at_q[0]) begin
            state_d              = RxType;
            at_d                 = '0;
            packet_d[PacketVlan] = 1'b1;
            priority_d           = word[15:13];
          end
        end

        RxIpv4: begin
          summed = at_q >= 12'd12 && at_q < Ipv4Min;
          if (at_q == 12'd0) begin
            hlen_d = {6'b0, out_byte[3:0], 2'b00};
            if (out_byte[7:4] != 4'd4 || out_byte[3:0] < 4'd5) state_d = RxNothing;
          end
          if (at_q == 12'd7) fragment_d = word[13:0] != '0; // MF, offset
          if (at_q == 12'd9) proto_d = out_byte;
          if (at_q != '0 && over) begin
            packet_d[PacketIpv4]        = 1'b1;
            packet_d[PacketIpv4Options] = hlen_q != Ipv4Min;
            state_d                     = fragment_q ? RxNothing : follows(proto_q, 1'b0);
            at_d                        = '0;
            hdr_len_d                   = behind;
          end
        end

        RxIpv6: begin
          summed = at_q >= 12'd8;
          if (at_q == 12'd0 && out_byte[7:4] != 4'd6) state_d = RxNothing;
          if (at_q == 12'd6) proto_d = out_byte;
          if (over) begin
            packet_d[PacketIpv6]    = 1'b1;
            packet_d[PacketIpv6Ext] = !ex_dis_q &&
                                      (is_extension(proto_q) || proto_q == ProtoFragment);
            state_d                 = follows(proto_q, !ex_dis_q);
            at_d                    = '0;
            hdr_len_d               = behind;
          end
        end

        RxExtension: begin
          if (at_q == 12'd0) proto_d = out_byte;
          if (at_q == 12'd1) hlen_d = {1'b0, out_byte, 3'b000} + 12'd8;
          if (at_q >= 12'd2 && over) begin
            state_d   = follows(proto_q, 1'b1);
            at_d      = '0;
            hdr_len_d = behind;
          end
        end

        RxL4: begin
          summed = at_q < 12'd4;
          if (at_q == 12'd3) begin
            dport_d              = word;
            packet_d[PacketTcp]  = proto_q == ProtoTcp;
            packet_d[PacketUdp]  = proto_q == ProtoUdp;
            packet_d[PacketSctp] = proto_q == ProtoSctp;
          end
          if (at_q == UdpLen - 12'd1 && proto_q == ProtoUdp) hdr_len_d = behind;
          if (at_q == 12'd12) hlen_d = {6'b0, out_byte[7:4], 2'b00};
          if (at_q == 12'd13) begin
            if (proto_q == ProtoTcp) flags_d = out_byte[5:0];
            if (proto_q != ProtoTcp || hlen_q < TcpLen) state_d = RxNothing;
          end
          if (at_q > 12'd13 && over) begin // TCP
            state_d   = RxNothing;
            hdr_len_d = behind;
          end
        end

        default: at_d = at_q; // to the end of the frame
      endcase
    end

    if (start_i) begin
      state_d     = RxMac;
      at_d        = '0;
      packet_d    = '0;
      ethertype_d = '0;
      dport_d     = '0;
      flags_d     = '0;
      priority_d  = '0;
      hdr_len_d   = '0;
    end
  end

  //////////////
  // Toeplitz //
  //////////////

  // A byte more; `window` is the key from the first bit that it meets on.
  function automatic logic [31:0] toeplitz(input logic [31:0] sum, input logic [38:0] window,
                                           input logic [7:0] value);
    toeplitz = sum;
    for (int unsigned n = 0; n < 8; n++) begin
      if (value[7-n]) toeplitz = toeplitz ^ window[7-n+:32];
    end
  endfunction

  always_comb begin
    key_d       = key_q;
    fields_d    = fields_q;
    vet_d       = vet_q;
    ex_dis_d    = ex_dis_q;
    sum_d       = sum_q;
    addresses_d = addresses_q;
    if (summed) begin
      key_d = {8'h00, key_q[KeyLen-1:8]};
      sum_d = toeplitz(sum_q, {key_q[7:0], key_q[15:8], key_q[23:16], key_q[31:24], key_q[39:33]},
                       out_byte);
    end
    if (state_q == RxIpv4 || state_q == RxIpv6) addresses_d = sum_d;
    if (start_i) begin
      key_d       = key_i;
      fields_d    = mrqc_i[FieldLsb+:FieldW];
      vet_d       = vet_i;
      ex_dis_d    = ex_dis_i;
      sum_d       = '0;
      addresses_d = '0;
    end
  end

  /////////////
  // Outputs //
  /////////////

  logic [3:0] with_ports, of_addresses; // types that MRQC wants

  // A field enable of MRQC by its number there.
  function automatic logic enabled(input logic [FieldW-1:0] fields, input int unsigned field);
    enabled = fields[4'(field - FieldLsb)];
  endfunction

  always_comb begin
    with_ports   = RssNone;
    of_addresses = RssNone;
    if (packet_q[PacketIpv4]) begin
      if (packet_q[PacketTcp] && enabled(fields_q, nic_82576_pkg::IGB_MRQC_TCP_IPV4_LSB)) begin
        with_ports = RssTcpIpv4;
      end
      if (packet_q[PacketUdp] && enabled(fields_q, nic_82576_pkg::IGB_MRQC_UDP_IPV4_LSB)) begin
        with_ports = RssUdpIpv4;
      end
      if (enabled(fields_q, nic_82576_pkg::IGB_MRQC_IPV4_LSB)) of_addresses = RssIpv4;
    end
    if (packet_q[PacketIpv6]) begin
      if (enabled(fields_q, nic_82576_pkg::IGB_MRQC_IPV6_LSB)) of_addresses = RssIpv6;
      if (packet_q[PacketIpv6Ext]) begin
        if (packet_q[PacketTcp] && enabled(fields_q, nic_82576_pkg::IGB_MRQC_TCP_IPV6EX_LSB)) begin
          with_ports = RssTcpIpv6ex;
        end
        if (packet_q[PacketUdp] && enabled(fields_q, nic_82576_pkg::IGB_MRQC_UDP_IPV6EX_LSB)) begin
          with_ports = RssUdpIpv6ex;
        end
        if (enabled(fields_q, nic_82576_pkg::IGB_MRQC_IPV6EX_LSB)) of_addresses = RssIpv6ex;
      end else begin
        if (packet_q[PacketTcp] && enabled(fields_q, nic_82576_pkg::IGB_MRQC_TCP_IPV6_LSB)) begin
          with_ports = RssTcpIpv6;
        end
        if (packet_q[PacketUdp] && enabled(fields_q, nic_82576_pkg::IGB_MRQC_UDP_IPV6_LSB)) begin
          with_ports = RssUdpIpv6;
        end
      end
    end
  end

  always_comb begin
    type_o = of_addresses;
    hash_o = of_addresses == RssNone ? '0 : addresses_q;
    if (with_ports != RssNone) begin
      type_o = with_ports;
      hash_o = sum_q;
    end
  end

  assign packet_o    = packet_q;
  assign ethertype_o = ethertype_q;
  assign dport_o     = dport_q;
  assign tcp_flags_o = flags_q;
  assign priority_o  = priority_q;
  assign hdr_len_o   = hdr_len_q;
  assign reta_addr_o = hash_o[6:2];
  assign entry_o     = reta_row_i[8*hash_o[1:0]+:4];

  logic unused_bits;
  assign unused_bits = ^{mrqc_i[31:FieldLsb+FieldW], mrqc_i[FieldLsb-1:0], reta_row_i[31:28],
                         reta_row_i[23:20], reta_row_i[15:12], reta_row_i[7:4]};

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q     <= RxMac;
      line_q      <= '0;
      at_q        <= '0;
      prev_q      <= '0;
      hlen_q      <= '0;
      fragment_q  <= 1'b0;
      proto_q     <= '0;
      packet_q    <= '0;
      ethertype_q <= '0;
      dport_q     <= '0;
      flags_q     <= '0;
      priority_q  <= '0;
      hdr_len_q   <= '0;
      key_q       <= '0;
      fields_q    <= '0;
      vet_q       <= '0;
      ex_dis_q    <= 1'b0;
      sum_q       <= '0;
      addresses_q <= '0;
    end else begin
      state_q     <= state_d;
      line_q      <= line_d;
      at_q        <= at_d;
      prev_q      <= prev_d;
      hlen_q      <= hlen_d;
      fragment_q  <= fragment_d;
      proto_q     <= proto_d;
      packet_q    <= packet_d;
      ethertype_q <= ethertype_d;
      dport_q     <= dport_d;
      flags_q     <= flags_d;
      priority_q  <= priority_d;
      hdr_len_q   <= hdr_len_d;
      key_q       <= key_d;
      fields_q    <= fields_d;
      vet_q       <= vet_d;
      ex_dis_q    <= ex_dis_d;
      sum_q       <= sum_d;
      addresses_q <= addresses_d;
    end
  end

endmodule
