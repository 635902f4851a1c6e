// Each part of each constraint of the convolution's ops by itself; what is just allowed comes last.
// RUN: nncc-opt %s -verify-diagnostics -split-input-file

// (C1) Strides and dilations have one positive value an axis.
func.func @c1_strides(%x: tensor<?x8x8x1xf32>, %w: tensor<3x3x1x2xf32>) {
  // expected-error@+2 {{strides has 1 values, expected 2}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv %x, %w {strides = array<i64: 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x8x8x1xf32>, tensor<3x3x1x2xf32>) -> tensor<?x6x6x2xf32>
  return
}

// -----

func.func @c1_dilations(%x: tensor<?x8x8x1xf32>, %w: tensor<3x3x1x2xf32>) {
  // expected-error@+2 {{dilations has the value 0, expected at least 1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 0, 1>}
    : (tensor<?x8x8x1xf32>, tensor<3x3x1x2xf32>) -> tensor<?x6x6x2xf32>
  return
}

// -----

// (C1) Padding has two values an axis that are not negative.
func.func @c1_padding(%x: tensor<?x8x8x1xf32>, %w: tensor<3x3x1x2xf32>) {
  // expected-error@+2 {{padding has the value -1, expected at least 0}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, -1, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x8x8x1xf32>, tensor<3x3x1x2xf32>) -> tensor<?x6x6x2xf32>
  return
}

// -----

// (C2) The kernel takes the input's channels; the message names the layer.
func.func @c2_channels(%x: tensor<?x8x8x3xf32>, %w: tensor<3x3x1x2xf32>) {
  // expected-error@+2 {{Conv2D 'stem': the kernel takes 1 channels, but the input has 3}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>,
                       nn.layer = #nn.layer<"stem", "Conv2D">}
    : (tensor<?x8x8x3xf32>, tensor<3x3x1x2xf32>) -> tensor<?x6x6x2xf32>
  return
}

// -----

// (C2) The filters are divisible by the groups.
func.func @c2_groups(%x: tensor<?x8x4xf32>, %w: tensor<3x2x3xf32>) {
  // expected-error@+2 {{the 3 filters are not divisible by groups=2}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv %x, %w {strides = array<i64: 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>, groups = 2}
    : (tensor<?x8x4xf32>, tensor<3x2x3xf32>) -> tensor<?x6x3xf32>
  return
}

// -----

// (C3) The dilated kernel fits the padded input.
func.func @c3(%x: tensor<?x4x4x1xf32>, %w: tensor<5x5x1x2xf32>) {
  // expected-error@+2 {{the 5x5 kernel does not fit the 4x4 input with padding=valid}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<?x4x4x1xf32>, tensor<5x5x1x2xf32>) -> tensor<?x1x1x2xf32>
  return
}

// -----

// (C4) The bias is a vector of the filters.
func.func @c4(%x: tensor<?x4x1xf32>, %w: tensor<3x1x2xf32>, %b: tensor<3xf32>) {
  // expected-error@+1 {{bias is 'tensor<3xf32>', expected a vector of 2}}
  %0 = nn.conv %x, %w, %b {strides = array<i64: 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>}
    : (tensor<?x4x1xf32>, tensor<3x1x2xf32>, tensor<3xf32>) -> tensor<?x2x2xf32>
  return
}

// -----

// (C5) A fused max pool fits the map.
func.func @c5(%x: tensor<?x4x1xf32>, %w: tensor<3x1x2xf32>) {
  // expected-error@+2 {{the pool of 3 does not fit the input of length 2 with padding=valid}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv %x, %w {strides = array<i64: 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>, pool_size = array<i64: 3>}
    : (tensor<?x4x1xf32>, tensor<3x1x2xf32>) -> tensor<?x1x2xf32>
  return
}

// -----

// The result has the shape that follows from the operands.
func.func @result(%x: tensor<?x4x1xf32>, %w: tensor<3x1x2xf32>) {
  // expected-error@+2 {{inferred type(s) 'tensor<?x2x2xf32>' are incompatible with return type(s) of operation 'tensor<?x4x2xf32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv %x, %w {strides = array<i64: 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>}
    : (tensor<?x4x1xf32>, tensor<3x1x2xf32>) -> tensor<?x4x2xf32>
  return
}

// -----

// Only the batch is dynamic.
func.func @dynamic(%x: tensor<?x?x1xf32>, %w: tensor<3x1x2xf32>) {
  // expected-error@+2 {{only the leading extent of an operand, the batch, may be dynamic}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv %x, %w {strides = array<i64: 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>}
    : (tensor<?x?x1xf32>, tensor<3x1x2xf32>) -> tensor<?x4x2xf32>
  return
}

// -----

// (C6) The gradient ops' shapes are those of the forward op.
func.func @c6_input(%dy: tensor<?x3x2xf32>, %w: tensor<3x1x2xf32>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x3x2xf32>', expected samples of the shape (None, 2, 2)}}
  %0 = nn.conv_grad_input %dy, %w {strides = array<i64: 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>}
    : (tensor<?x3x2xf32>, tensor<3x1x2xf32>) -> tensor<?x4x1xf32>
  return
}

// -----

func.func @c6_kernel(%x: tensor<?x4x1xf32>, %dy: tensor<?x2x2xf32>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x2x2xf32>', expected samples of the shape (None, 2, 5)}}
  %0 = nn.conv_grad_kernel %x, %dy {strides = array<i64: 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>}
    : (tensor<?x4x1xf32>, tensor<?x2x2xf32>) -> tensor<3x1x5xf32>
  return
}

// -----

// (C7) A bias' gradient is a vector of the last extent.
func.func @c7(%dy: tensor<?x2x2xf32>) {
  // expected-error@+1 {{the bias gradient is 'tensor<3xf32>', expected a vector of 2}}
  %0 = nn.bias_grad %dy : (tensor<?x2x2xf32>) -> tensor<3xf32>
  return
}

// -----

// (B1) to (B3)
func.func @b1(%b: tensor<4xf32>, %w: tensor<2x4x3xf32>) {
  // expected-error@+1 {{expected a kernel of one tap, not 'tensor<2x4x3xf32>'}}
  %0 = nn.compose_bias %b, %w : (tensor<4xf32>, tensor<2x4x3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @b2(%b: tensor<5xf32>, %w: tensor<1x4x3xf32>) {
  // expected-error@+1 {{bias is 'tensor<5xf32>', expected a vector of 4}}
  %0 = nn.compose_bias %b, %w : (tensor<5xf32>, tensor<1x4x3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @b3(%dy: tensor<3xf32>, %b: tensor<4xf32>, %w: tensor<1x4x3xf32>) {
  // expected-error@+1 {{the kernel gradient}}
  %0:2 = nn.compose_bias_grad %dy, %b, %w : (tensor<3xf32>, tensor<4xf32>, tensor<1x4x3xf32>) -> (tensor<4xf32>, tensor<4x3xf32>)
  return
}

// -----

// (T2) The kernel of a transposed convolution ends with the input's channels.
func.func @t2(%x: tensor<?x4x3xf32>, %w: tensor<3x3x5xf32>) {
  // expected-error@+2 {{Conv1DTranspose 'up': the kernel takes 5 channels, but the input has 3}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv_transpose %x, %w {strides = array<i64: 2>, padding = array<i64: 0, 1>, dilations = array<i64: 1>,
                                 nn.layer = #nn.layer<"up", "Conv1DTranspose">}
    : (tensor<?x4x3xf32>, tensor<3x3x5xf32>) -> tensor<?x8x3xf32>
  return
}

// -----

// (T3) Its padding is less than the kernel reaches.
func.func @t3(%x: tensor<?x4x3xf32>, %w: tensor<3x5x3xf32>) {
  // expected-error@+2 {{the padding 0, 3 does not go with a kernel of 3, stride 2 and an input of 4}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv_transpose %x, %w {strides = array<i64: 2>, padding = array<i64: 0, 3>, dilations = array<i64: 1>}
    : (tensor<?x4x3xf32>, tensor<3x5x3xf32>) -> tensor<?x6x5xf32>
  return
}

// -----

// (T4) The bias of a transposed convolution is [F].
func.func @t4(%x: tensor<?x4x3xf32>, %w: tensor<3x5x3xf32>, %b: tensor<3xf32>) {
  // expected-error@+1 {{bias is 'tensor<3xf32>', expected a vector of 5}}
  %0 = nn.conv_transpose %x, %w, %b {strides = array<i64: 2>, padding = array<i64: 0, 1>, dilations = array<i64: 1>}
    : (tensor<?x4x3xf32>, tensor<3x5x3xf32>, tensor<3xf32>) -> tensor<?x8x5xf32>
  return
}

// -----

// (L3) The kernel of a locally connected layer has the shape of its implementation.
func.func @l3(%x: tensor<?x7x2xf32>, %w: tensor<3x5x5xf32>) {
  // expected-error@+2 {{the kernel is 3x5x5, expected 3x6x5 for implementation 1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.local_conv %x, %w {strides = array<i64: 2>, window = array<i64: 3>}
    : (tensor<?x7x2xf32>, tensor<3x5x5xf32>) -> tensor<?x3x5xf32>
  return
}

// -----

// (L4) The output gradient has the shape that nn.local_conv gives.
func.func @l4(%dy: tensor<?x4x5xf32>, %x: tensor<?x7x2xf32>, %w: tensor<3x6x5xf32>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x4x5xf32>', expected samples of the shape (None, 3, 5)}}
  %0 = nn.local_conv_grad_input %dy, %w {strides = array<i64: 2>, window = array<i64: 3>}
    : (tensor<?x4x5xf32>, tensor<3x6x5xf32>) -> tensor<?x7x2xf32>
  return
}

// -----

// (C2) The kernel's extents are known.
func.func @c2_dynamic(%x: tensor<?x8x2xf32>, %w: tensor<3x2x?xf32>) {
  // expected-error@+2 {{the extents of a parameter are not static}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv %x, %w {strides = array<i64: 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>}
    : (tensor<?x8x2xf32>, tensor<3x2x?xf32>) -> tensor<?x6x?xf32>
  return
}

// -----

// (C5) A fused pool needs its map.
func.func @c5_map(%x: tensor<?x4x1xf32>, %w: tensor<5x1x2xf32>) {
  // expected-error@+2 {{the kernel of 5 does not fit the input of length 4 with padding=valid}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv %x, %w {strides = array<i64: 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>, pool_size = array<i64: 2>}
    : (tensor<?x4x1xf32>, tensor<5x1x2xf32>) -> tensor<?x1x2xf32>
  return
}

// -----

func.func @c6_input_dynamic(%dy: tensor<?x2x2xf32>, %w: tensor<3x?x2xf32>) {
  // expected-error@+1 {{the kernel's extents are not static}}
  %0 = nn.conv_grad_input %dy, %w {strides = array<i64: 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>}
    : (tensor<?x2x2xf32>, tensor<3x?x2xf32>) -> tensor<?x4x1xf32>
  return
}

// -----

func.func @c6_kernel_dynamic(%x: tensor<?x4x1xf32>, %dy: tensor<?x2x2xf32>) {
  // expected-error@+1 {{the kernel gradient's extents are not static}}
  %0 = nn.conv_grad_kernel %x, %dy {strides = array<i64: 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>}
    : (tensor<?x4x1xf32>, tensor<?x2x2xf32>) -> tensor<3x?x2xf32>
  return
}

// -----

// (C6) An input that no kernel slides over.
func.func @c6_scalar(%dy: tensor<?x2x2xf32>, %w: tensor<3x1x2xf32>) {
  // expected-error@+1 {{the input (None,) has no spatial axis}}
  %0 = nn.conv_grad_input %dy, %w {strides = array<i64: 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>}
    : (tensor<?x2x2xf32>, tensor<3x1x2xf32>) -> tensor<f32>
  return
}

// -----

func.func @c7_no_axis(%dy: tensor<?xf32>) {
  // expected-error@+1 {{the output gradient has no axis but the batch}}
  %0 = nn.bias_grad %dy : (tensor<?xf32>) -> tensor<1xf32>
  return
}

// -----

func.func @b1_vector(%b: tensor<4xf32>, %w: tensor<4xf32>) {
  // expected-error@+1 {{expected a kernel of one tap, not 'tensor<4xf32>'}}
  %0 = nn.compose_bias %b, %w : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @b1_dynamic(%b: tensor<4xf32>, %w: tensor<4x?xf32>) {
  // expected-error@+2 {{the extents of a parameter are not static}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.compose_bias %b, %w : (tensor<4xf32>, tensor<4x?xf32>) -> tensor<?xf32>
  return
}

// -----

func.func @b1_gradient(%dy: tensor<3xf32>, %b: tensor<4xf32>, %w: tensor<2x4x3xf32>) {
  // expected-error@+1 {{expected a kernel of one tap, not 'tensor<2x4x3xf32>'}}
  %0:2 = nn.compose_bias_grad %dy, %b, %w : (tensor<3xf32>, tensor<4xf32>, tensor<2x4x3xf32>) -> (tensor<4xf32>, tensor<2x4x3xf32>)
  return
}

// -----

func.func @b2_next(%b: tensor<4xf32>, %w: tensor<1x4x3xf32>) {
  // expected-error@+1 {{next bias is 'tensor<4xf32>', expected a vector of 3}}
  %0 = nn.compose_bias %b, %w, %b : (tensor<4xf32>, tensor<1x4x3xf32>, tensor<4xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @b2_gradient(%dy: tensor<4xf32>, %b: tensor<4xf32>, %w: tensor<1x4x3xf32>) {
  // expected-error@+1 {{the output gradient is 'tensor<4xf32>', expected a vector of 3}}
  %0:2 = nn.compose_bias_grad %dy, %b, %w : (tensor<4xf32>, tensor<4xf32>, tensor<1x4x3xf32>) -> (tensor<4xf32>, tensor<1x4x3xf32>)
  return
}

// -----

func.func @b3_bias(%dy: tensor<3xf32>, %b: tensor<4xf32>, %w: tensor<1x4x3xf32>) {
  // expected-error@+1 {{the bias gradient is 'tensor<3xf32>', expected the type of bias, 'tensor<4xf32>'}}
  %0:2 = nn.compose_bias_grad %dy, %b, %w : (tensor<3xf32>, tensor<4xf32>, tensor<1x4x3xf32>) -> (tensor<3xf32>, tensor<1x4x3xf32>)
  return
}

// -----

// (T4) A kernel of fewer axes is told as such where its bias goes with it,
func.func @t4_matrix(%x: tensor<?x3xf32>, %w: tensor<5x3xf32>, %b: tensor<5xf32>) {
  // expected-error@+2 {{the input (None, 3) has no spatial axis}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = nn.conv_transpose %x, %w, %b {strides = array<i64>, padding = array<i64>, dilations = array<i64>}
    : (tensor<?x3xf32>, tensor<5x3xf32>, tensor<5xf32>) -> tensor<?x5xf32>
  return
}

// -----

// (T4) and has no filters where it has no axis for them.
func.func @t4_vector(%x: tensor<?x3xf32>, %w: tensor<3xf32>, %b: tensor<5xf32>) {
  // expected-error@+1 {{bias is 'tensor<5xf32>', expected a vector of 0}}
  %0 = nn.conv_transpose %x, %w, %b {strides = array<i64>, padding = array<i64>, dilations = array<i64>}
    : (tensor<?x3xf32>, tensor<3xf32>, tensor<5xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @l4_kernel(%dy: tensor<?x4x5xf32>, %x: tensor<?x7x2xf32>) {
  // expected-error@+1 {{the output gradient is 'tensor<?x4x5xf32>', expected samples of the shape (None, 3, 5)}}
  %0 = nn.local_conv_grad_kernel %x, %dy {strides = array<i64: 2>, window = array<i64: 3>}
    : (tensor<?x7x2xf32>, tensor<?x4x5xf32>) -> tensor<3x6x5xf32>
  return
}

// -----

func.func @l4_dynamic(%dy: tensor<?x3x5xf32>, %w: tensor<3x?x5xf32>) {
  // expected-error@+1 {{the kernel's extents are not static}}
  %0 = nn.local_conv_grad_input %dy, %w {strides = array<i64: 2>, window = array<i64: 3>}
    : (tensor<?x3x5xf32>, tensor<3x?x5xf32>) -> tensor<?x7x2xf32>
  return
}

// -----

// A pool as large as the map, kernels of no spatial axis, a batch and an axis.
func.func @allowed(%x: tensor<?x4x1xf32>, %k: tensor<3x1x2xf32>, %b: tensor<4xf32>, %w: tensor<4x3xf32>, %v: tensor<1x1x4x3xf32>,
                   %dy: tensor<?x3xf32>, %db: tensor<3xf32>) {
  %0 = nn.conv %x, %k {strides = array<i64: 1>, padding = array<i64: 0, 0>, dilations = array<i64: 1>, pool_size = array<i64: 2>}
    : (tensor<?x4x1xf32>, tensor<3x1x2xf32>) -> tensor<?x1x2xf32>
  %1 = nn.compose_bias %b, %w : (tensor<4xf32>, tensor<4x3xf32>) -> tensor<3xf32>
  %2 = nn.compose_bias %b, %v, %db : (tensor<4xf32>, tensor<1x1x4x3xf32>, tensor<3xf32>) -> tensor<3xf32>
  %3:2 = nn.compose_bias_grad %db, %b, %w : (tensor<3xf32>, tensor<4xf32>, tensor<4x3xf32>) -> (tensor<4xf32>, tensor<4x3xf32>)
  %4 = nn.bias_grad %dy : (tensor<?x3xf32>) -> tensor<3xf32>
  return
}
