using Siamese.Pipelines.Onnx;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Siamese.Training.Export;

/// <summary>How each of TorchSharp's layers is written as nodes, in evaluation.</summary>
internal static class LayerExport
{
    /// <summary>Tells a Sequential from a class that derives from it and runs its children in a way of its own.</summary>
    public static bool RunsItsChildrenInOrder(Sequential sequence) =>
        new Func<Tensor, Tensor>(sequence.forward).Method.DeclaringType == typeof(Sequential);

    public static string Sequence(OnnxExportContext context, Sequential sequence, string input)
    {
        (string Name, nn.Module Module)[] children = [.. sequence.named_children()];
        string value = input;
        for (int i = 0; i < children.Length; i++)
        {
            OnnxExportContext inside = context.Inside(children[i].Name);
            nn.Module? next = i + 1 < children.Length ? children[i + 1].Module : null;
            if (next is BatchNorm normalization && TryFold(inside, children[i].Module, normalization, value) is string folded)
            {
                value = folded;
                i++;
                continue;
            }

            value = children[i].Module is nn.Module<Tensor, Tensor> child
                ? inside.Export(child, value)
                : throw Unknown(inside, children[i].Module);
        }

        return value;
    }

    public static string Layer(OnnxExportContext context, nn.Module<Tensor, Tensor> module, string input) => module switch
    {
        Conv2d layer => Convolution(context, layer, layer.weight.ToArray<float>(), layer.bias?.ToArray<float>(), input),
        Linear layer => FullyConnected(context, layer, layer.weight.ToArray<float>(), layer.bias?.ToArray<float>(), input),
        BatchNorm layer => BatchNormalization(context, layer, input),
        ReLU => context.Node("Relu", [input]),
        LeakyReLU layer => context.Node("LeakyRelu", [input], OnnxAttribute.Float("alpha", (float)layer.negative_slope)),
        PReLU layer => ParametricRelu(context, layer, input),
        Sigmoid => context.Node("Sigmoid", [input]),
        Tanh => context.Node("Tanh", [input]),
        Softmax layer => SoftMaximum(context, layer, input),
        MaxPool2d layer => MaximumPool(context, layer, input),
        AvgPool2d layer => AveragePool(context, layer, input),
        AdaptiveAvgPool2d layer => GlobalAveragePool(context, layer, input),
        Flatten layer => Flattened(context, layer, input),
        Dropout or Dropout1d or Dropout2d or AlphaDropout or Identity => input,
        _ => throw Unknown(context, module),
    };

    // Merging is right only where the channels that are normalised are the layer's outputs, and where nothing else sees its value;
    // the latter holds for neighbours in a Sequential.
    private static string? TryFold(OnnxExportContext context, nn.Module module, BatchNorm normalization, string input)
    {
        if (!context.FoldsBatchNormalization || normalization.running_mean is null)
        {
            return null;
        }

        switch (module)
        {
            case Conv2d layer when normalization is BatchNorm2d && layer.out_channels == normalization.num_features:
                (float[] kernels, float[] offsets) = Fold(layer.weight, layer.bias, normalization);
                return context.Layer(layer, input, () => Convolution(context, layer, kernels, offsets, input));

            case Linear layer when normalization is BatchNorm1d && layer.out_features == normalization.num_features
                && context.ShapeOf(input).Count == 2:
                (float[] weight, float[] bias) = Fold(layer.weight, layer.bias, normalization);
                return context.Layer(layer, input, () => FullyConnected(context, layer, weight, bias, input));

            default:
                return null;
        }
    }

    // γ (W x + b − μ) / √(σ² + ε) + β is (γ / √(σ² + ε)) W x + (b − μ) γ / √(σ² + ε) + β.
    private static (float[] Weight, float[] Bias) Fold(Tensor weight, Tensor? bias, BatchNorm normalization)
    {
        double[] weights = weight.ToArray<double>();
        double[]? gammas = normalization.weight?.ToArray<double>();
        double[]? betas = normalization.bias?.ToArray<double>();
        double[]? biases = bias?.ToArray<double>();
        double[] means = normalization.running_mean!.ToArray<double>();
        double[] variances = normalization.running_var!.ToArray<double>();
        int perOutput = weights.Length / means.Length;
        float[] foldedWeights = new float[weights.Length];
        float[] foldedBiases = new float[means.Length];
        for (int o = 0; o < means.Length; o++)
        {
            double factor = (gammas?[o] ?? 1) / Math.Sqrt(variances[o] + normalization.eps);
            foldedBiases[o] = (float)((((biases?[o] ?? 0) - means[o]) * factor) + (betas?[o] ?? 0));
            for (int i = o * perOutput; i < (o + 1) * perOutput; i++)
            {
                foldedWeights[i] = (float)(weights[i] * factor);
            }
        }

        return (foldedWeights, foldedBiases);
    }

    private static string Convolution(OnnxExportContext context, Conv2d layer, float[] weight, float[]? bias, string input)
    {
        if (layer.padding_mode != PaddingModes.Zeros && (layer.padding_type is not null || layer.padding!.Any(p => p != 0)))
        {
            throw NotSupported(context, layer, $"pads with {layer.padding_mode}, but ONNX's Conv pads with zeros only");
        }

        List<string> inputs = [input, context.Initializer("weight", weight, layer.weight.shape)];
        if (bias is not null)
        {
            inputs.Add(context.Initializer("bias", bias, bias.Length));
        }

        return context.Node(
            "Conv",
            [.. inputs],
            OnnxAttribute.Ints("kernel_shape", layer.kernel_size),
            OnnxAttribute.Ints("strides", layer.stride),
            OnnxAttribute.Ints("pads", Pads(layer)),
            OnnxAttribute.Ints("dilations", layer.dilation),
            OnnxAttribute.Int("group", layer.groups));
    }

    private static long[] Pads(Conv2d layer)
    {
        if (layer.padding is long[] padding)
        {
            return [.. padding, .. padding];
        }

        // "Same": where the padding is odd, PyTorch puts the larger half at the end.
        long[] total = [.. layer.kernel_size.Zip(layer.dilation, (kernel, dilation) => dilation * (kernel - 1))];
        return layer.padding_type == Padding.Same ? [.. total.Select(t => t / 2), .. total.Select(t => t - (t / 2))] : [0, 0, 0, 0];
    }

    private static string FullyConnected(OnnxExportContext context, Linear layer, float[] weight, float[]? bias, string input)
    {
        if (context.ShapeOf(input).Count == 2)
        {
            string matrix = context.Initializer("weight", weight, layer.out_features, layer.in_features);
            return bias is null
                ? context.Node("Gemm", [input, matrix], OnnxAttribute.Int("transB", 1))
                : context.Node("Gemm", [input, matrix, context.Initializer("bias", bias, bias.Length)], OnnxAttribute.Int("transB", 1));
        }

        // Gemm takes matrices only; on more dimensions PyTorch applies the layer to the last one.
        float[] transposed = new float[weight.Length];
        for (int o = 0; o < layer.out_features; o++)
        {
            for (int i = 0; i < layer.in_features; i++)
            {
                transposed[(i * layer.out_features) + o] = weight[(o * layer.in_features) + i];
            }
        }

        string product = context.Node(
            "MatMul", [input, context.Initializer("weight", transposed, layer.in_features, layer.out_features)]);
        return bias is null ? product : context.Node("Add", [product, context.Initializer("bias", bias, bias.Length)]);
    }

    private static string BatchNormalization(OnnxExportContext context, BatchNorm layer, string input)
    {
        if (layer.running_mean is null || layer.running_var is null)
        {
            throw NotSupported(context, layer, "keeps no running statistics, so that a row's embedding would depend on its batch");
        }

        float[] weight = layer.weight?.ToArray<float>() ?? [.. Enumerable.Repeat(1f, (int)layer.num_features)];
        float[] bias = layer.bias?.ToArray<float>() ?? new float[layer.num_features];
        return context.Node(
            "BatchNormalization",
            [
                input,
                context.Initializer("weight", weight, layer.num_features),
                context.Initializer("bias", bias, layer.num_features),
                context.Initializer("running_mean", layer.running_mean),
                context.Initializer("running_var", layer.running_var),
            ],
            OnnxAttribute.Float("epsilon", (float)layer.eps));
    }

    private static string ParametricRelu(OnnxExportContext context, PReLU layer, string input)
    {
        // ONNX lines slopes up with the last dimensions, PyTorch with the second.
        long[] shape = layer.num_parameters == 1
            ? [1]
            : [layer.num_parameters, .. Enumerable.Repeat(1L, Math.Max(0, context.ShapeOf(input).Count - 2))];
        return context.Node("PRelu", [input, context.Initializer("weight", layer.weight.ToArray<float>(), shape)]);
    }

    private static string SoftMaximum(OnnxExportContext context, Softmax layer, string input)
    {
        int rank = context.ShapeOf(input).Count;
        return layer.dim == 0 || layer.dim == -rank
            ? throw NotSupported(context, layer, "runs along dimension 0, so that a row's embedding would depend on its batch")
            : context.Node("Softmax", [input], OnnxAttribute.Int("axis", layer.dim));
    }

    private static string MaximumPool(OnnxExportContext context, MaxPool2d layer, string input)
    {
        long[] kernel = Pair(layer.kernel_size, layer.kernel_size);
        long[] stride = Pair(layer.stride, kernel);
        long[] padding = Pair(layer.padding, [0, 0]);
        long[] dilation = Pair(layer.dilation, [1, 1]);
        long[] ends = layer.ceil_mode ? CeilingEnds(context.ShapeOf(input), kernel, stride, padding, dilation) : padding;
        if (ends.Zip(kernel, (end, size) => end >= size).Any(tooFar => tooFar))
        {
            throw NotSupported(
                context, layer, "is dilated and rounds its size up, and its last window reaches farther beyond the image than ONNX pads");
        }

        return context.Node(
            "MaxPool",
            [input],
            OnnxAttribute.Ints("kernel_shape", kernel),
            OnnxAttribute.Ints("strides", stride),
            OnnxAttribute.Ints("pads", [.. padding, .. ends]),
            OnnxAttribute.Ints("dilations", dilation));
    }

    private static string AveragePool(OnnxExportContext context, AvgPool2d layer, string input)
    {
        if (layer.divisor_override is not null)
        {
            throw NotSupported(context, layer, "has a divisor_override, which ONNX's AveragePool does not know");
        }

        long[] kernel = Pair(layer.kernel_size, layer.kernel_size);
        long[] stride = Pair(layer.stride, kernel);
        long[] padding = Pair(layer.padding, [0, 0]);
        long[] ends = layer.ceil_mode ? CeilingEnds(context.ShapeOf(input), kernel, stride, padding, [1, 1]) : padding;
        string padded = input;
        long[] begins = padding;
        bool countsPadding = layer.count_include_pad;
        if (countsPadding && !ends.SequenceEqual(padding))
        {
            // PyTorch counts the padding, but not what the rounded-up size adds beyond it; ONNX counts all of it or none.
            // So the padding is made zeros of the image, and what is added is not counted.
            padded = context.Node(
                "Pad", [input, context.Initializer("pads", [0L, 0, padding[0], padding[1], 0, 0, padding[0], padding[1]], 8)]);
            ends = [ends[0] - padding[0], ends[1] - padding[1]];
            begins = [0, 0];
            countsPadding = false;
        }

        return context.Node(
            "AveragePool",
            [padded],
            OnnxAttribute.Ints("kernel_shape", kernel),
            OnnxAttribute.Ints("strides", stride),
            OnnxAttribute.Ints("pads", [.. begins, .. ends]),
            OnnxAttribute.Int("count_include_pad", countsPadding ? 1 : 0));
    }

    private static string GlobalAveragePool(OnnxExportContext context, AdaptiveAvgPool2d layer, string input) =>
        layer.output_size.All(size => size == 1)
            ? context.Node("GlobalAveragePool", [input])
            : throw NotSupported(
                context, layer, $"gives {string.Join("x", layer.output_size)}, but ONNX averages a whole plane to 1x1 only; use AvgPool2d");

    private static string Flattened(OnnxExportContext context, Flatten layer, string input)
    {
        int last = context.ShapeOf(input).Count - 1;
        return layer.start_dim == 1 && (layer.end_dim == -1 || layer.end_dim == last)
            ? context.Node("Flatten", [input], OnnxAttribute.Int("axis", 1))
            : throw NotSupported(
                context, layer, $"flattens dimensions {layer.start_dim} to {layer.end_dim}, but a row is flattened from 1 to the last");
    }

    // How a size is rounded up differs between runtimes where the last window begins in the padding. So it is written as padding at the
    // end, as much as completes the last window. PyTorch drops a window that begins beyond the image and its first padding.
    private static long[] CeilingEnds(IReadOnlyList<long> shape, long[] kernel, long[] stride, long[] padding, long[] dilation)
    {
        long[] ends = new long[2];
        for (int axis = 0; axis < 2; axis++)
        {
            long size = shape[axis + 2];
            long window = (dilation[axis] * (kernel[axis] - 1)) + 1;
            long steps = (size + (2 * padding[axis]) - window + stride[axis] - 1) / stride[axis];
            if (steps * stride[axis] >= size + padding[axis])
            {
                steps--;
            }

            ends[axis] = Math.Max(padding[axis], (steps * stride[axis]) + window - size - padding[axis]);
        }

        return ends;
    }

    private static long[] Pair(long[]? values, long[] otherwise) => values switch
    {
        null or [] => otherwise,
        [long one] => [one, one],
        _ => values,
    };

    private static NotSupportedException NotSupported(OnnxExportContext context, nn.Module module, string why) =>
        new($"{context.Describe(module)} {why}.");

    private static NotSupportedException Unknown(OnnxExportContext context, nn.Module module) =>
        NotSupported(
            context,
            module,
            $"is not known to the exporter. If the type is yours, let it implement {typeof(IOnnxExportable).FullName}, which says how its "
            + "forward is written as ONNX; if it is not, put it into a module of yours that does");
}
