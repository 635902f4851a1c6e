declare void @emulatedLoad(ptr, i16, i16, ptr, i64)
declare void @emulatedStore(ptr, i16, i16, ptr, i64)
declare void @emulatedMultiply(ptr, i16, i16, i16, ptr, ptr)

define internal <256 x i32> @emulated.tilezero(i16 %rows, i16 %bytes) alwaysinline {
  ret <256 x i32> zeroinitializer
}

define internal <256 x i32> @emulated.tileloadd64(i16 %rows, i16 %bytes, ptr %from, i64 %stride) alwaysinline {
  %tile = alloca <256 x i32>, align 64
  call void @emulatedLoad(ptr %tile, i16 %rows, i16 %bytes, ptr %from, i64 %stride)
  %value = load <256 x i32>, ptr %tile, align 64
  ret <256 x i32> %value
}

define internal void @emulated.tilestored64(i16 %rows, i16 %bytes, ptr %to, i64 %stride, <256 x i32> %value) alwaysinline {
  %tile = alloca <256 x i32>, align 64
  store <256 x i32> %value, ptr %tile, align 64
  call void @emulatedStore(ptr %tile, i16 %rows, i16 %bytes, ptr %to, i64 %stride)
  ret void
}

define internal <256 x i32> @emulated.tdpbf16ps(i16 %rows, i16 %columns, i16 %depth, <256 x i32> %c, <256 x i32> %a, <256 x i32> %b) alwaysinline {
  %sum = alloca <256 x i32>, align 64
  %left = alloca <256 x i32>, align 64
  %right = alloca <256 x i32>, align 64
  store <256 x i32> %c, ptr %sum, align 64
  store <256 x i32> %a, ptr %left, align 64
  store <256 x i32> %b, ptr %right, align 64
  call void @emulatedMultiply(ptr %sum, i16 %rows, i16 %columns, i16 %depth, ptr %left, ptr %right)
  %value = load <256 x i32>, ptr %sum, align 64
  ret <256 x i32> %value
}
