using System.Diagnostics;
using System.Threading.Tasks.Dataflow;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Images;
using Siamese.Samples.Shared;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>Finds, aligns and embeds the faces of photographs: each is detected once, however many networks embed it.</summary>
internal sealed class FaceReader : IDisposable
{
    private readonly FaceDetector _detector;
    private readonly FaceOptions _options;
    private readonly FaceAligner[] _aligners;
    private readonly ImageEmbedder[] _embedders;

    public FaceReader(FaceDetector detector, IReadOnlyList<Embedder> embedders, FaceOptions options)
    {
        _detector = detector;
        _options = options;
        _aligners = [.. embedders.Select(embedder => new FaceAligner(embedder.Model.Network.Template))];
        _embedders = [.. embedders.Select(embedder => embedder.Model.Embedding.CreateEmbedder())];
    }

    /// <summary>Reads photographs on all processors, and hands them on in their order, few at a time.</summary>
    /// <param name="photographs">The photographs.</param>
    /// <param name="isPictured">Says of which one thumbnails are wanted.</param>
    /// <param name="cancellation">Stops the reading; what was handed on before is the caller's.</param>
    public async IAsyncEnumerable<FaceReading> ReadAsync(
        IEnumerable<Photograph> photographs,
        Func<Photograph, bool> isPictured,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        // Bounded, so that ten thousand photographs take no more memory than ten.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var block = new TransformBlock<Photograph, FaceReading>(
            photograph => Read(photograph, isPictured(photograph)),
            new ExecutionDataflowBlockOptions
            {
                MaxDegreeOfParallelism = Environment.ProcessorCount,
                BoundedCapacity = 4 * Environment.ProcessorCount,
                CancellationToken = ending.Token,
            });
        Task feeding = FeedAsync(block, photographs, ending.Token);
        try
        {
            await foreach (FaceReading reading in block.ReceiveAllAsync(cancellation))
            {
                yield return reading;
            }

            await feeding;
            await block.Completion;
        }
        finally
        {
            // However it ends, nothing may still be running in the networks when they are disposed.
            await ending.CancelAsync();
            await Task.WhenAny(block.Completion);
        }
    }

    public void Dispose() => Array.ForEach(_embedders, embedder => embedder.Dispose());

    private static async Task FeedAsync(TransformBlock<Photograph, FaceReading> block, IEnumerable<Photograph> photographs, CancellationToken cancellation)
    {
        foreach (Photograph photograph in photographs)
        {
            await block.SendAsync(photograph, cancellation);
        }

        block.Complete();
    }

    private FaceReading Read(Photograph photograph, bool isPictured)
    {
        MLImage image;
        try
        {
            image = ImageFile.Read(photograph.Path, _options.File);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return new FaceReading(photograph, null, exception.Message, [], null, null, 0, [], []);
        }

        using (image)
        {
            return Read(photograph, image, isPictured);
        }
    }

    private FaceReading Read(Photograph photograph, MLImage image, bool isPictured)
    {
        FacePicture picture = FacePicture.Read(image);
        long start = Stopwatch.GetTimestamp();
        DetectedFace? face = _options.Select(_detector.Detect(picture), picture.Width, picture.Height) is [DetectedFace first, ..] ? first : null;
        double detecting = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (face is null && _options.NoFace != NoFacePolicy.WholeImage)
        {
            return new FaceReading(photograph, null, null, [], null, null, detecting, [], []);
        }

        var embeddings = new float[_embedders.Length][];
        var aligning = new double[_embedders.Length];
        var embedding = new double[_embedders.Length];
        Thumbnail? chipPicture = null;
        for (int i = 0; i < _embedders.Length; i++)
        {
            start = Stopwatch.GetTimestamp();
            using MLImage chip = face is null ? _aligners[i].Whole(image) : _aligners[i].Align(picture, face.Landmarks);
            aligning[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            start = Stopwatch.GetTimestamp();
            embeddings[i] = _embedders[i].Embed(chip);
            embedding[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            chipPicture ??= isPictured ? FaceThumbnail.Of(chip) : null;
        }

        Thumbnail? crop = isPictured && face is not null ? FaceThumbnail.Of(image, face.Box) : null;
        return new FaceReading(photograph, face, null, embeddings, crop, chipPicture, detecting, aligning, embedding);
    }
}
