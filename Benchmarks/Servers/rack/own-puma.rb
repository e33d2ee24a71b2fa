preload_app! false # else there is no phased restart
