using Microsoft.ML.Data;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Tests.Fuzzing.Targets;

/// <summary>Reads images as ML.NET does, through a managed stream, with a check of the header's size alone. It dies, and reads what is too large.</summary>
internal sealed class UncheckedImageTarget : ImageTarget
{
    public override string Name => "unchecked-images";

    public override void Read(byte[] input, string folder)
    {
        var stream = new MemoryStream(input, writable: false);
        if (ImageHeader.Read(stream) is not { Width: > 0, Height: > 0 } header || (long)header.Width * header.Height > MaximumPixels)
        {
            return;
        }

        stream.Position = 0;
        Use(() => MLImage.CreateFromStream(stream));
    }

    public override bool IsDocumented(Exception exception) => exception is ArgumentException;
}
