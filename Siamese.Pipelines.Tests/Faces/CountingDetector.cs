using Siamese.Pipelines.Faces;

namespace Siamese.Pipelines.Tests.Faces;

/// <summary>Finds what another detector finds, counts the pictures, and says when one has been looked at.</summary>
internal sealed class CountingDetector(FaceDetector inner, Action<int>? looked = null) : FaceDetector
{
    private int _pictures;

    public int Pictures => _pictures;

    public bool IsDisposed { get; private set; }

    public override IReadOnlyList<DetectedFace> Detect(FacePicture picture)
    {
        IReadOnlyList<DetectedFace> faces = inner.Detect(picture);
        int pictures = Interlocked.Increment(ref _pictures);
        looked?.Invoke(pictures);
        return faces;
    }

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}
