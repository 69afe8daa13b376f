using Siamese.Pipelines.Embeddings;
using Siamese.Training.Weights;
using Spectre.Console;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>Makes an ONNX network of VGG-16's Keras weights.</summary>
internal static class ImportCommand
{
    public static Task<int> RunAsync(string weights, string output, Vgg16Descriptor descriptor, bool imageNet) => CommandGuard.RunAsync(() =>
    {
        using (Vgg16Weights file = Vgg16Weights.Open(weights))
        {
            AnsiConsole.MarkupLineInterpolated($"{file.ParameterCount:N0} parameters, images of {file.Side}x{file.Side}");
            file.Export(output, (imageNet ? Vgg16Options.ImageNet : Vgg16Options.VggFace) with { Descriptor = descriptor });
        }

        EmbeddingModel model = EmbeddingModel.Load(output);
        AnsiConsole.MarkupLineInterpolated($"[bold]{output}[/]: {model}, {new FileInfo(output).Length:N0} bytes");
        return Task.CompletedTask;
    });
}
